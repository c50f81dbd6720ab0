package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"gorun/scope/property"
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

// newApp describes a command line with these options; what is read goes to o.
func newApp(o *options, flags []cli.Flag) *cli.App {
	return &cli.App{
		Name:                      "gorun",
		Flags:                     flags,
		Action:                    o.read,
		Writer:                    io.Discard, // help and errors are printed
		ErrWriter:                 io.Discard, // in one place, not here
		HideHelp:                  true,       // "gorun help" runs help
		HideVersion:               true,       // -v is --verbose
		DisableSliceFlagSeparator: true,       // a value may have commas
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return err },
		ExitErrHandler:            func(*cli.Context, error) {}, // run returns, main exits
	}
}

// flags lists all options. In the usage texts the value's name stands first, in
// backquotes.
func flags() []cli.Flag {
	list := []cli.Flag{
		&cli.BoolFlag{Name: "user", Usage: "ask the user's manager; the default but for root", Category: groupScope},
		&cli.BoolFlag{Name: "system", Usage: "ask the system's manager; root's default", Category: groupScope},
		&cli.BoolFlag{Name: "scope", Usage: "accepted: it is what gorun does", Category: groupScope},
		&cli.StringFlag{Name: "unit", Aliases: []string{"u"}, Usage: "`NAME`the scope's name", Category: groupScope},
		&cli.StringFlag{Name: "description", Usage: "`TEXT`what it is, for people", Category: groupScope},
		&cli.StringFlag{Name: "slice", Usage: "`SLICE`the slice to place it in", Category: groupScope},
		&cli.BoolFlag{Name: "slice-inherit", Usage: "place it in the caller's slice, and SLICE below that", Category: groupScope},
		&cli.StringSliceFlag{Name: "property", Aliases: []string{"p"}, KeepSpace: true,
			Usage: "`NAME=VALUE`set a property of the scope; repeatable", Category: groupScope},
		&cli.BoolFlag{Name: "collect", Aliases: []string{"G"}, Value: true,
			Usage: "unload the unit also if it failed; =false keeps it", Category: groupScope},
		&cli.BoolFlag{Name: "send-sighup", Usage: "send SIGHUP as well when the scope is stopped", Category: groupScope},
		&cli.StringFlag{Name: "job-mode", Usage: "`MODE`how to deal with jobs in the way; default replace", Category: groupScope},
		&cli.StringSliceFlag{Name: "setenv", Aliases: []string{"E"}, KeepSpace: true,
			Usage: "`NAME[=VALUE]`set a variable for COMMAND, or pass the caller's on; repeatable", Category: groupCommand},
		&cli.StringFlag{Name: "nice", Usage: "`N`run COMMAND with this niceness, -20 to 19", Category: groupCommand},
		&cli.StringFlag{Name: "uid", Usage: "`USER`run COMMAND as this user, with that one's groups, HOME and SHELL", Category: groupCommand},
		&cli.StringFlag{Name: "gid", Usage: "`GROUP`run COMMAND with this group", Category: groupCommand},
		&cli.StringFlag{Name: "working-directory", Usage: "`DIR`run COMMAND there", Category: groupCommand},
		&cli.BoolFlag{Name: "same-dir", Aliases: []string{"d"}, Usage: "accepted: COMMAND runs in the caller's directory", Category: groupCommand},
		&cli.BoolFlag{Name: "shell", Aliases: []string{"S"}, Usage: "run the user's shell", Category: groupCommand},
		&cli.StringFlag{Name: "expand-environment", Usage: "`BOOL`replace $NAME and ${NAME} in COMMAND; default no", Category: groupCommand},
		&cli.BoolFlag{Name: "no-ask-password", Usage: "do not let polkit ask for a password", Category: groupScope},
		&cli.BoolFlag{Name: "detach", Aliases: []string{"b"}, Usage: "return as soon as COMMAND runs; print the unit's name", Category: groupRun},
		&cli.BoolFlag{Name: "nohup", Usage: "COMMAND ignores SIGHUP, and has no terminal for its input and output", Category: groupRun},
		&cli.StringFlag{Name: "log-to", Usage: "`WHERE`and writes there: journal, null, file:PATH or append:PATH", Category: groupRun},
		&cli.StringFlag{Name: "if-running", Usage: "`HOW`if UNIT still runs: fail, skip, wait for its end or replace it", Category: groupRun},
		&cli.BoolFlag{Name: "exec", Usage: "become COMMAND instead of supervising it", Category: groupRun},
		&cli.StringFlag{Name: "at-end", Usage: "`leave|wait|stop`processes that COMMAND leaves behind: stay (default), are waited for, are stopped", Category: groupRun},
		&cli.StringFlag{Name: "linger", Usage: "`lease|no`how to survive logout: linger while gorun scopes live, or not at all", Category: groupRun},
		&cli.BoolFlag{Name: "must-survive", Usage: "make sure of that first; if it cannot be had, do not run COMMAND", Category: groupRun},
		&cli.BoolFlag{Name: "best-effort", Usage: "run COMMAND also without a limit, property or manager that is not to be had, with a warning", Category: groupRun},
		&cli.BoolFlag{Name: "report", Usage: "print at the end how the run ended and what it used", Category: groupRun},
		&cli.StringFlag{Name: "report-json", Usage: "`FILE`write that as JSON; - is standard output", Category: groupRun},
		&cli.BoolFlag{Name: "no-record", Usage: "leave no entry about the run in the journal", Category: groupRun},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print unit and invocation ID", Category: groupRun},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no hints and no warnings about the surroundings", Category: groupRun},
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this text", Category: groupOther},
		&cli.BoolFlag{Name: "version", Usage: "print version, commit and Go version", Category: groupOther},
	}
	return slices.Concat(list, propertyFlags(), managementFlags(), withoutEffect())
}

// propertyFlags makes the options of propertyOptions, from the table of
// properties.
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
