package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"

	"gorun/internal/text"
)

// helpColumn is where the texts of the options begin.
const helpColumn = 36

// printHelp prints the options in their groups.
func printHelp(out io.Writer, flags []cli.Flag) {
	text.Fprintf(out, "Usage: gorun [OPTION...] [--] COMMAND [ARG...]\n"+
		"       gorun --audit|--doctor|--status UNIT... [--json]\n"+
		"       gorun --log UNIT [-- ARG...]\n"+
		"       gorun --adopt [OPTION...] PID...\n"+
		"       gorun --clean [--dry-run] [UNIT...] [--json]\n\n"+
		"Runs COMMAND in a systemd scope of its own. All words from COMMAND on belong to it.\n")
	for _, group := range []string{groupScope, groupLimits, groupCommand, groupRun, groupManage, groupOther} {
		text.Fprintf(out, "\n%s:\n", group)
		for _, f := range flags {
			if f.(cli.CategorizableFlag).GetCategory() == group {
				printOption(out, f)
			}
		}
	}
	text.Fprintf(out, "\nExit status: COMMAND's own; 124 if its time limit was reached; 125 if gorun failed\n"+
		"and COMMAND was not run; 126 if it cannot be executed; 127 if it is not found.\n")
}

// printOption prints an option. The text of a long one is on the next line.
func printOption(out io.Writer, f cli.Flag) {
	left := "  " + optionNames(f)
	if len(left) >= helpColumn {
		text.Fprintf(out, "%s\n", left)
		left = ""
	}
	text.Fprintf(out, "%s%s\n", fmt.Sprintf("%-*s", helpColumn, left), usageText(f))
}

// optionNames is the option as it is typed: -u, --unit=NAME.
func optionNames(f cli.Flag) string {
	var short, long []string
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = append(short, "-"+name)
		} else {
			long = append(long, "--"+name)
		}
	}
	names := strings.Join(append(short, long...), ", ")
	if takesValue(f) {
		names += "=" + metavar(f)
	}
	return names
}

// metavar is the name of the option's value. The usage begins with it, in backquotes.
func metavar(f cli.Flag) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(usageOf(f), "`"), "`")
	return name
}

// usageText is the usage after the name of the value.
func usageText(f cli.Flag) string {
	usage := usageOf(f)
	return usage[strings.LastIndexByte(usage, '`')+1:]
}

func usageOf(f cli.Flag) string { return f.(cli.DocGenerationFlag).GetUsage() }

// version says what this binary was built from. Info may lack the commit, or be nil.
func version(info *debug.BuildInfo) string {
	number, commit := "of unknown version", "unknown commit"
	if info != nil && info.Main.Version != "" {
		number = info.Main.Version
	}
	if info != nil {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = "commit " + s.Value
			}
		}
	}
	return fmt.Sprintf("gorun %s, %s, %s", number, commit, runtime.Version())
}
