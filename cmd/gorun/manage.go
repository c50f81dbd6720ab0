package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"
)

// manageTimeout bounds what is asked about runs and machine, by far: it is for
// managers that hang.
const manageTimeout = 30 * time.Second

// management is an option that tells or does something instead of running COMMAND.
// It returns the exit status where nothing went wrong.
type management struct {
	option string
	units  bool     // takes names of units
	then   bool     // takes one unit, and after -- arguments for another program
	takes  []string // the other options that go with it, besides --json and --quiet
	usage  string
	do     func(ctx context.Context, o *options, out io.Writer, tui *terminal) (status int, err error)
}

// managements lists them, in the order of --help.
func managements() []management {
	return []management{
		{option: "status", units: true, takes: []string{"user", "system"},
			usage: "how the runs UNIT... are, or how they ended", do: status},
		{option: "log", units: true, then: true, takes: []string{"user", "system"},
			usage: "the output of the run UNIT; after --, arguments of journalctl", do: showLog},
		{option: "audit", usage: "list your processes by what logout does to them, and why; root: everyone's", do: audit},
		{option: "doctor", usage: "check all that surviving and limits depend on; say what to do", do: doctor},
	}
}

// managementFlags makes options of them.
func managementFlags() []cli.Flag {
	var list []cli.Flag
	for _, m := range managements() {
		list = append(list, &cli.BoolFlag{Name: m.option, Usage: m.usage, Category: groupManage})
	}
	return append(list, &cli.BoolFlag{Name: "json", Usage: "print what these print as JSON", Category: groupManage})
}

// readManagement finds out whether the runs are to be managed, for which there is
// nothing else to be said.
func (o *options) readManagement(c *cli.Context) error {
	for _, m := range managements() {
		switch {
		case !c.Bool(m.option):
		case o.manage != nil:
			return &usageError{option: "--" + m.option, reason: "cannot be used together with --" + o.manage.option}
		default:
			o.manage = &m
		}
	}
	o.json = c.Bool("json")
	if o.manage != nil {
		return o.manage.check(c, o.command)
	}
	if o.json {
		return &usageError{option: "--json", reason: "goes with " + managementNames()}
	}
	return nil
}

// managementNames are the options that print JSON, for a message.
func managementNames() string {
	var names []string
	for _, m := range managements() {
		if !m.then {
			names = append(names, "--"+m.option)
		}
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// check refuses what does not go with the option: words, but units, and options that
// are for runs.
func (m *management) check(c *cli.Context, words []string) error {
	option := "--" + m.option
	if i := slices.Index(words, "--"); m.then && i == 1 {
		words = words[:i]
	}
	late := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	switch {
	case !m.units && len(words) > 0:
		return &usageError{option: option, reason: "takes no COMMAND, which is " + words[0]}
	case m.units && len(words) == 0:
		return &usageError{option: option, reason: "needs the name of a unit"}
	case m.then && len(words) > 1:
		return &usageError{option: option, reason: "takes one unit, and further arguments after --"}
	case m.units && late >= 0:
		return &usageError{option: words[late], reason: "comes after the units; options come first"}
	}
	taken := append([]string{m.option, "quiet"}, m.takes...)
	if !m.then {
		taken = append(taken, "json")
	}
	for _, f := range flags() {
		name := f.Names()[0]
		if c.IsSet(name) && !slices.Contains(taken, name) {
			return &usageError{option: "--" + name, reason: "cannot be used together with " + option}
		}
	}
	return nil
}

// run does it.
func (m *management) run(o *options, out io.Writer, tui *terminal) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), manageTimeout)
	defer cancel()
	status, err = m.do(ctx, o, out, tui)
	if err != nil {
		err = &managementError{err}
	}
	return status, err
}

// managementError tells that something failed that was to be done instead of a run.
type managementError struct{ error }

func (e *managementError) Unwrap() error { return e.error }

// printJSON prints a value for scripts.
func printJSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// printable makes text safe for a terminal: what others named may hold escape
// sequences.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
