package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"gorun/scope"
)

// propertyOptions are the properties that have an option of their own.
var propertyOptions = []struct {
	option, property string
	aliases          []string
	positive         bool // 0 is an error: systemd would stop the scope at once
}{
	{option: "oom-policy", property: "OOMPolicy"},
	{option: "runtime-max", property: "RuntimeMaxSec", aliases: []string{"timeout"}, positive: true},
	{option: "runtime-randomized-extra", property: "RuntimeRandomizedExtraSec"},
	{option: "stop-timeout", property: "TimeoutStopSec"},
	{option: "stop-signal", property: "KillSignal"},
	{option: "memory-max", property: "MemoryMax"},
	{option: "cpu-quota", property: "CPUQuota"},
	{option: "tasks-max", property: "TasksMax"},
}

// The groups of --help.
const (
	groupScope  = "The scope"
	groupLimits = "Limits"
	groupRun    = "The run"
	groupOther  = "Other"
)

// newApp describes the command line; what is read goes to o.
func newApp(o *options, out io.Writer) *cli.App {
	o.done = true // unless the action is reached
	cli.VersionFlag = &cli.BoolFlag{Name: "version", Usage: "print version, commit and Go version", Category: groupOther}
	cli.VersionPrinter = func(*cli.Context) { fmt.Fprintln(out, version()) }
	cli.HelpFlag = &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this text", Category: groupOther}
	return &cli.App{
		Name:                      "gorun",
		Usage:                     "run a command in a systemd scope of its own",
		Version:                   "set", // its text is version()
		Flags:                     append(flags(), cli.HelpFlag, cli.VersionFlag),
		Action:                    o.read,
		Writer:                    out,
		ErrWriter:                 io.Discard, // errors are printed in one place
		HideHelpCommand:           true,       // "gorun help" runs help
		DisableSliceFlagSeparator: true,       // a value may have commas
		CustomAppHelpTemplate:     helpTemplate,
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return err },
		ExitErrHandler:            func(*cli.Context, error) {}, // run returns, main exits
	}
}

func flags() []cli.Flag {
	list := []cli.Flag{
		&cli.BoolFlag{Name: "user", Usage: "ask the user's manager (default)", Category: groupScope},
		&cli.BoolFlag{Name: "system", Usage: "ask the system's manager (default for root)", Category: groupScope},
		&cli.BoolFlag{Name: "scope", Usage: "accepted: it is what gorun does", Category: groupScope},
		&cli.StringFlag{Name: "unit", Aliases: []string{"u"}, Usage: "`NAME` of the scope", Category: groupScope},
		&cli.StringFlag{Name: "description", Usage: "`TEXT` that describes it", Category: groupScope},
		&cli.StringFlag{Name: "slice", Usage: "place it in `SLICE`", Category: groupScope},
		&cli.StringSliceFlag{Name: "property", Aliases: []string{"p"}, Usage: "set a property: `NAME=VALUE`", Category: groupScope},
		&cli.BoolFlag{Name: "collect", Aliases: []string{"G"}, Value: true,
			Usage: "unload the unit also if it failed; =false keeps it", Category: groupScope},
		&cli.BoolFlag{Name: "exec", Usage: "become COMMAND instead of supervising it", Category: groupRun},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print unit and invocation ID", Category: groupRun},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no hints and no warnings about the surroundings", Category: groupRun},
	}
	return append(list, propertyFlags()...)
}

// propertyFlags makes the options of propertyOptions, from the table of
// properties.
func propertyFlags() []cli.Flag {
	info := map[string]scope.PropertyInfo{}
	for _, p := range scope.Properties() {
		info[p.Name] = p
	}
	var list []cli.Flag
	for _, o := range propertyOptions {
		p := info[o.property]
		list = append(list, &cli.StringFlag{
			Name: o.option, Aliases: o.aliases, Category: groupLimits,
			Usage: fmt.Sprintf("`%s`: %s (%s)", p.Metavar(), p.Help, p.Name),
		})
	}
	return list
}

// helpTemplate is the text of --help.
const helpTemplate = `Usage: gorun [OPTION...] [--] COMMAND [ARG...]

Runs COMMAND in a systemd scope of its own. From COMMAND on everything belongs
to COMMAND.
{{range .VisibleFlagCategories}}
{{if .Name}}{{.Name}}:
{{end}}{{range .Flags}}  {{.}}
{{end}}{{end}}
Exit status: COMMAND's own; 124 if its time ran out; 125 if gorun failed and
COMMAND was not run; 126 if it cannot be executed; 127 if it is not found.
`

// version tells what this binary was built from.
func version() string {
	v, commit := "unknown version", "unknown commit"
	if info, ok := debug.ReadBuildInfo(); ok {
		v = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	return fmt.Sprintf("gorun %s, commit %s, %s", v, commit, runtime.Version())
}
