package main

import (
	"fmt"
	"io"
	"slices"

	"gorun/scope/property"

	"github.com/urfave/cli/v2"
)

// propertyOptions are the properties that have an option of their own.
var propertyOptions = []struct {
	option, property string
	aliases          []string
}{
	{option: "oom-policy", property: "OOMPolicy"},
	{option: "runtime-max", property: "RuntimeMaxSec", aliases: []string{"timeout"}},
	{option: "runtime-randomized-extra", property: "RuntimeRandomizedExtraSec"},
	{option: "stop-timeout", property: "TimeoutStopSec"},
	{option: "stop-signal", property: "KillSignal"},
	{option: "memory-max", property: "MemoryMax"},
	{option: "cpu-quota", property: "CPUQuota"},
	{option: "tasks-max", property: "TasksMax"},
}

// The groups of --help.
const (
	groupScope   = "The scope"
	groupLimits  = "Limits"
	groupCommand = "COMMAND"
	groupRun     = "The run"
	groupManage  = "Instead of a run"
	groupOther   = "Other"
)

// newApp describes a command line with these options. Its action fills o.
func newApp(o *options, flags []cli.Flag) *cli.App {
	return &cli.App{
		Name:                      "gorun",
		Flags:                     flags,
		Action:                    o.read,
		Writer:                    io.Discard, // help and errors are printed
		ErrWriter:                 io.Discard, // in tui.go, not here
		HideHelp:                  true,       // "gorun help" runs help
		HideVersion:               true,       // -v is --verbose
		DisableSliceFlagSeparator: true,       // a value may have commas
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return err },
		ExitErrHandler:            func(*cli.Context, error) {}, // only main exits
	}
}

// flags lists all options. A usage text begins with the name of the value, in
// backquotes.
func flags() []cli.Flag {
	list := []cli.Flag{
		&cli.BoolFlag{Name: "user", Usage: "use the user manager (default unless root)", Category: groupScope},
		&cli.BoolFlag{Name: "system", Usage: "use the system manager (root's default)", Category: groupScope},
		&cli.BoolFlag{Name: "embedded", Usage: "use no manager (default where systemd does not run): a cgroup, and gorun, hold the run", Category: groupScope},
		&cli.BoolFlag{Name: "scope", Usage: "accepted; gorun always makes a scope", Category: groupScope},
		&cli.StringFlag{Name: "unit", Aliases: []string{"u"}, Usage: "`NAME`name the scope", Category: groupScope},
		&cli.StringFlag{Name: "description", Usage: "`TEXT`describe the scope", Category: groupScope},
		&cli.StringFlag{Name: "slice", Usage: "`SLICE`place the scope in this slice", Category: groupScope},
		&cli.BoolFlag{Name: "own-slice", Usage: "put the limits on a slice for this run alone: they then also hold for tmux's panes", Category: groupScope},
		&cli.BoolFlag{Name: "slice-inherit", Usage: "place the scope in the caller's slice, or in SLICE below it", Category: groupScope},
		&cli.StringSliceFlag{Name: "property", Aliases: []string{"p"}, KeepSpace: true,
			Usage: "`NAME=VALUE`set a property of the scope; repeatable", Category: groupScope},
		&cli.BoolFlag{Name: "collect", Aliases: []string{"G"}, Value: true,
			Usage: "unload the unit even if it failed; =false keeps it", Category: groupScope},
		&cli.BoolFlag{Name: "send-sighup", Usage: "also send SIGHUP when the scope is stopped", Category: groupScope},
		&cli.StringFlag{Name: "job-mode", Usage: "`MODE`what to do with conflicting jobs (default replace)", Category: groupScope},
		&cli.StringSliceFlag{Name: "setenv", Aliases: []string{"E"}, KeepSpace: true,
			Usage: "`NAME[=VALUE]`set a variable for COMMAND; repeatable", Category: groupCommand},
		&cli.StringFlag{Name: "nice", Usage: "`N`run COMMAND with this nice value, -20 to 19", Category: groupCommand},
		&cli.StringFlag{Name: "uid", Usage: "`USER`run COMMAND as USER, with USER's groups, HOME and SHELL", Category: groupCommand},
		&cli.StringFlag{Name: "gid", Usage: "`GROUP`run COMMAND as GROUP", Category: groupCommand},
		&cli.StringFlag{Name: "working-directory", Usage: "`DIR`run COMMAND in DIR", Category: groupCommand},
		&cli.BoolFlag{Name: "same-dir", Aliases: []string{"d"}, Usage: "accepted; COMMAND runs in the caller's directory", Category: groupCommand},
		&cli.BoolFlag{Name: "shell", Aliases: []string{"S"}, Usage: "run the user's shell", Category: groupCommand},
		&cli.StringFlag{Name: "expand-environment", Usage: "`BOOL`replace $NAME and ${NAME} in COMMAND (default no)", Category: groupCommand},
		&cli.BoolFlag{Name: "no-ask-password", Usage: "do not let polkit ask for a password", Category: groupScope},
		&cli.BoolFlag{Name: "detach", Aliases: []string{"b"}, Usage: "return when COMMAND is running, and print the unit's name", Category: groupRun},
		&cli.BoolFlag{Name: "nohup", Usage: "make COMMAND ignore SIGHUP, and redirect its input and output away from the terminal", Category: groupRun},
		&cli.StringFlag{Name: "log-to", Usage: "`WHERE`with -b or --nohup, send output to journal, null, file:PATH or append:PATH", Category: groupRun},
		&cli.StringFlag{Name: "if-running", Usage: "`HOW`if the unit is still running: fail, skip, wait, replace or join (default for tmux, screen, ...)", Category: groupRun},
		&cli.BoolFlag{Name: "exec", Usage: "replace gorun by COMMAND instead of supervising it", Category: groupRun},
		&cli.StringFlag{Name: "at-end", Usage: "`HOW`when COMMAND ends, leave its leftover processes (default), wait for them, or stop them", Category: groupRun},
		&cli.StringFlag{Name: "linger", Usage: "`lease|no`linger while gorun scopes exist (default), or do not linger", Category: groupRun},
		&cli.BoolFlag{Name: "must-survive", Usage: "refuse to start unless the run will survive logout", Category: groupRun},
		&cli.BoolFlag{Name: "best-effort", Usage: "run COMMAND even if a limit, a property or the manager is missing; warn", Category: groupRun},
		&cli.BoolFlag{Name: "report", Usage: "print how the run ended and what it used", Category: groupRun},
		&cli.StringFlag{Name: "report-json", Usage: "`FILE`write the report as JSON; - is standard output", Category: groupRun},
		&cli.BoolFlag{Name: "no-record", Usage: "write no journal entry about the run", Category: groupRun},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print the unit and its invocation ID", Category: groupRun},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print no hints and no warnings about the machine", Category: groupRun},
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this text", Category: groupOther},
		&cli.BoolFlag{Name: "version", Usage: "print the version, the commit and the Go version", Category: groupOther},
	}
	return slices.Concat(list, propertyFlags(), managementFlags(), withoutEffect())
}

// propertyFlags makes the flags of propertyOptions from the table of properties.
func propertyFlags() []cli.Flag {
	var list []cli.Flag
	for _, o := range propertyOptions {
		p, _ := property.Named(o.property) // the table has it
		list = append(list, &cli.StringFlag{
			Name: o.option, Aliases: o.aliases, Category: groupLimits,
			Usage: fmt.Sprintf("`%s`%s (%s)", p.Metavar(), p.Help, p.Name),
		})
	}
	return list
}
