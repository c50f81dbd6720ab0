package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gorun/internal/cli"
	"gorun/internal/text"
	"gorun/scope/property"
)

// usage is printed when gorun is called without a command.
const usage = `usage: gorun [OPTION...] [--] COMMAND [ARG...]
Runs COMMAND in a systemd scope of its own, where it survives logout.
Try 'gorun --help' for the options.
`

// Where the texts of the options begin.
const (
	helpColumn  = 36
	shortColumn = 30
)

// What --help prints. The words are those of its flag.
const (
	helpShort      = ""
	helpAll        = "all"
	helpProperties = "-p"
)

// helpTopic is what a normalized command line asks for help about, nil if it does not.
func helpTopic(normal []string) (topic *string) {
	for _, word := range normal[:slices.Index(normal, "--")] {
		if name, about, _ := strings.Cut(word, "="); name == "--help" {
			topic = &about
		}
	}
	return topic
}

// printHelp prints the help about a topic.
func printHelp(out io.Writer, topic string) {
	switch topic {
	case helpAll:
		printAll(out, flags())
	case helpProperties:
		printProperties(out)
	default:
		printShort(out, flags())
	}
}

// printShort prints what fits on a screen of 24 lines.
func printShort(out io.Writer, flags []cli.Flag) {
	text.Fprintf(out, "Usage: gorun [OPTION...] [--] COMMAND [ARG...]\n"+
		"Runs COMMAND in a systemd scope of its own, where it survives logout.\n\n")
	printBriefs(out, flags, func(group string) bool { return group != groupManage })
	text.Fprintf(out, "\nInstead of a run:\n")
	printBriefs(out, flags, func(group string) bool { return group == groupManage })
	text.Fprintf(out, "\nExit status: COMMAND's own; 124: time limit; 125: gorun failed; 127: not found.\n"+
		"More: gorun --help=all, gorun --help=-p (properties), man gorun\n")
}

// printBriefs prints the options of some groups that have a brief text.
func printBriefs(out io.Writer, flags []cli.Flag, wanted func(group string) bool) {
	for _, f := range flags {
		if info := f.Info(); info.Brief != "" && wanted(info.Category) {
			printEntry(out, optionNames(f, 1), info.Brief, shortColumn)
		}
	}
}

// printAll prints the options in their groups.
func printAll(out io.Writer, flags []cli.Flag) {
	text.Fprintf(out, "Usage: gorun [OPTION...] [--] COMMAND [ARG...]\n"+
		"Runs COMMAND in a systemd scope of its own. All words from COMMAND on are its.\n")
	for _, group := range []string{groupScope, groupLimits, groupCommand, groupRun, groupManage, groupOther} {
		text.Fprintf(out, "\n%s:\n", group)
		for _, f := range flags {
			if f.Info().Category == group {
				printEntry(out, optionNames(f, len(f.Names())), usageText(f), helpColumn)
			}
		}
	}
	text.Fprintf(out, "\nExit status: COMMAND's own; 124 if its time limit was reached; 125 if gorun\n"+
		"failed and COMMAND was not run; 126 if it cannot be executed; 127 if it is not\n"+
		"found. Instead of a run: 0; 1 if it failed; 4 if there is no such run; with\n"+
		"--wait-for that run's.\n")
}

// helpWidth is the number of columns that help may take.
const helpWidth = 80

// printEntry prints what something is called, and in the column what it does. The text of a
// long name begins on the next line.
func printEntry(out io.Writer, name, does string, column int) {
	line := "  " + name
	if len(line) > column-2 {
		text.Fprintf(out, "%s\n", line)
		line = ""
	}
	line = fmt.Sprintf("%-*s", column, line)
	for i, word := range strings.Fields(does) {
		switch {
		case i == 0:
		case len(line)+1+len(word) <= helpWidth:
			line += " "
		default:
			text.Fprintf(out, "%s\n", line)
			line = strings.Repeat(" ", column)
		}
		line += word
	}
	text.Fprintf(out, "%s\n", line)
}

// optionNames is the option as it is typed, with at most so many long names: -u, --unit=NAME.
func optionNames(f cli.Flag, most int) string {
	var short, long []string
	for _, name := range f.Names() {
		switch {
		case len(name) == 1:
			short = append(short, "-"+name)
		case len(long) < most:
			long = append(long, "--"+name)
		}
	}
	names := strings.Join(append(short, long...), ", ")
	if takesValue(f) {
		names += "=" + metavar(f)
	}
	return strings.TrimSuffix(names+" "+f.Info().Args, " ")
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

func usageOf(f cli.Flag) string { return f.Info().Usage }

// printProperties prints the properties in their groups.
func printProperties(out io.Writer) {
	text.Fprintf(out, "Properties for -p NAME=VALUE, in systemd's syntax, with what they need. A SPAN\n"+
		"is 90 or 2h30m, a SIZE 512M or 50%%. A user manager must have the controller.\n")
	all := property.All()
	for _, group := range property.Groups() {
		text.Fprintf(out, "\n%s:\n", group)
		for _, p := range all {
			if p.Group == group {
				printEntry(out, p.Name+"="+p.Metavar(), p.Help+needs(p), helpColumn)
			}
		}
	}
}

// needs says what a property needs to have an effect, in parentheses. It is empty if that is
// nothing.
func needs(p property.Info) string {
	var list []string
	switch p.Controller {
	case "":
	case property.BPF, property.Netlink:
		list = append(list, "the system manager")
	default:
		list = append(list, "the "+p.Controller+" controller")
	}
	if p.Since > oldest {
		list = append(list, fmt.Sprintf("systemd %d", p.Since))
	}
	switch {
	case p.Futile() != "":
		return " (no effect: " + p.Futile() + ")"
	case list == nil:
		return ""
	}
	return " (needs " + strings.Join(list, ", ") + ")"
}

// oldest is the oldest version of systemd that gorun is for.
const oldest = 252
