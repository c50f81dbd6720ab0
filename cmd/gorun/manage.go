package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"gorun/internal/bus"
	"gorun/internal/cli"
	"gorun/internal/manage"
)

// manageTimeout bounds all questions of a management that is not about any number of runs. It is
// for managers that hang.
const manageTimeout = 30 * time.Second

// managing does what a management promises. It returns the exit status if nothing went wrong.
type managing func(ctx context.Context, o *options, out io.Writer, tui *terminal) (status int, err error)

// within bounds a management by manageTimeout.
func within(do managing) managing {
	return func(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, manageTimeout, &bus.TimeoutError{After: manageTimeout})
		defer cancel()
		return do(ctx, o, out, tui)
	}
}

// management is an option that does something instead of running COMMAND.
type management struct {
	option string
	units  bool     // takes names of units
	sets   bool     // takes one unit, and assignments
	then   bool     // takes one unit, and after -- arguments for another program
	pids   bool     // takes IDs of processes
	any    bool     // takes names of units, or none
	takes  []string // the options that go with it, besides --json and --quiet
	usage  string
	brief  string // what the short help says; empty if it does not have the option
	values string // for completion: the kind of the words after it
	do     managing
}

// readManagement finds the management that the options ask for, and refuses all options
// that do not go with it.
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
	o.json, o.allRuns, o.raw = c.Bool("json"), c.Bool("all-runs"), c.Bool("raw")
	o.ended, o.allUsers = c.Bool("ended"), c.Bool("all-users")
	o.force, o.dryRun = c.Bool("force"), c.Bool("dry-run")
	if o.manage != nil {
		if err := o.manage.check(c, o.command); err != nil {
			return err
		}
		return o.checkList()
	}
	return refuseAlone(c)
}

// refuseAlone refuses an option that goes with a management, if there is none.
func refuseAlone(c *cli.Context) error {
	for _, f := range companionFlags() {
		if name := f.Info().Name; c.IsSet(name) {
			return &usageError{option: "--" + name, reason: "needs " + managementsWith(name)}
		}
	}
	return nil
}

// managementsWith lists the managements that an option goes with, for a message.
func managementsWith(option string) string {
	var names []string
	for _, m := range managements() {
		if slices.Contains(m.taken(), option) {
			names = append(names, "--"+m.option)
		}
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// checkList refuses what does not go with --list.
func (o *options) checkList() error {
	switch {
	case o.manage.option != "list":
	case o.allRuns && !o.ended:
		return &usageError{option: "--all-runs", reason: "needs --ended: --list lists all runs that are running"}
	case o.allUsers && !manage.MayListAllUsers():
		return &usageError{option: "--all-users", reason: "only root can ask the managers of all users"}
	}
	return nil
}

// check refuses what does not go with the management: words that are not units, and
// options for runs.
func (m *management) check(c *cli.Context, words []string) error {
	option := "--" + m.option
	if i := slices.Index(words, "--"); m.then && i == 1 {
		words = words[:i]
	}
	late := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	switch {
	case m.pids:
		if _, err := readPIDs(words); err != nil {
			return err
		}
	case !m.units && len(words) > 0:
		return &usageError{option: option, reason: "takes no COMMAND, and got " + words[0]}
	case m.units && !m.any && len(words) == 0:
		return &usageError{option: option, reason: "needs the name of a unit"}
	case m.sets && len(words) == 1:
		return &usageError{option: option, reason: "needs NAME=VALUE after the unit"}
	case m.then && len(words) > 1:
		return &usageError{option: option, reason: "takes one unit, and further arguments after --"}
	case m.units && late >= 0:
		return &usageError{option: words[late], reason: "comes after the units; options come first"}
	}
	taken := m.taken()
	for _, f := range flags() {
		name := f.Names()[0]
		if c.IsSet(name) && !slices.Contains(taken, name) {
			return &usageError{option: "--" + name, reason: "cannot be used together with " + option}
		}
	}
	return nil
}

// taken are the options that go with the management.
func (m *management) taken() []string {
	taken := append([]string{m.option, "quiet"}, m.takes...)
	if !m.then {
		taken = append(taken, "json")
	}
	return taken
}

// run does what the management promises.
func (m *management) run(o *options, out io.Writer, tui *terminal) (status int, err error) {
	status, err = m.do(context.Background(), o, out, tui)
	if err != nil {
		err = &managementError{err}
	}
	return status, err
}

// managementError means that a management failed.
type managementError struct{ error }

func (e *managementError) Unwrap() error { return e.error }
