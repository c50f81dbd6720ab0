package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gorun/internal/diagnose"
	"gorun/internal/helper"
	"gorun/internal/manage"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// manageTimeout bounds all questions about runs and the machine. It is for managers that
// hang.
const manageTimeout = 30 * time.Second

// management is an option that does something instead of running COMMAND.
type management struct {
	option string
	units  bool     // takes names of units
	then   bool     // takes one unit, and after -- arguments for another program
	takes  []string // the options that go with it, besides --json and --quiet
	usage  string
	// do returns the exit status if nothing went wrong.
	do func(ctx context.Context, o *options, out io.Writer, tui *terminal) (status int, err error)
}

// managements are in the order of --help.
func managements() []management {
	return []management{
		{option: "status", units: true, takes: []string{"user", "system", "embedded", "all-runs"},
			usage: "show how runs are, or how they ended", do: showStatus},
		{option: "log", units: true, then: true, takes: []string{"user", "system", "embedded", "all-runs", "raw"},
			usage: "show the output of a run; after --, arguments for journalctl or tail", do: showLog},
		{option: "audit", usage: "list your processes by what a logout does to them; as root, those of all users", do: audit},
		{option: "doctor", usage: "check what survival and limits depend on, and say how to fix it", do: doctor},
	}
}

// managementFlags makes flags for the managements.
func managementFlags() []cli.Flag {
	var list []cli.Flag
	for _, m := range managements() {
		list = append(list, &cli.BoolFlag{Name: m.option, Usage: m.usage, Category: groupManage})
	}
	return append(list,
		&cli.BoolFlag{Name: "json", Usage: "print JSON", Category: groupManage},
		&cli.BoolFlag{Name: "all-runs", Usage: "with --status and --log: all runs of that name, not only the newest", Category: groupManage},
		&cli.BoolFlag{Name: "raw", Usage: "with --log: do not escape control characters", Category: groupManage})
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
	if o.manage != nil {
		return o.manage.check(c, o.command)
	}
	switch {
	case o.json:
		return &usageError{option: "--json", reason: "needs " + managementNames()}
	case o.allRuns:
		return &usageError{option: "--all-runs", reason: "needs --status or --log"}
	case o.raw:
		return &usageError{option: "--raw", reason: "needs --log"}
	}
	return nil
}

// managementNames lists the managements that print JSON, for a message.
func managementNames() string {
	var names []string
	for _, m := range managements() {
		if !m.then {
			names = append(names, "--"+m.option)
		}
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
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
	case !m.units && len(words) > 0:
		return &usageError{option: option, reason: "takes no COMMAND, and got " + words[0]}
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

// run does what the management promises, within manageTimeout.
func (m *management) run(o *options, out io.Writer, tui *terminal) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), manageTimeout)
	defer cancel()
	status, err = m.do(ctx, o, out, tui)
	if err != nil {
		err = &managementError{err}
	}
	return status, err
}

// managementError means that a management failed.
type managementError struct{ error }

func (e *managementError) Unwrap() error { return e.error }

// showStatus prints how runs are.
func showStatus(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	code, list := 0, []*manage.Status{}
	for _, typed := range o.command {
		unit, err := scope.MangleName(typed)
		if err != nil {
			return 0, &usageError{option: "--status " + typed, reason: err.Error()}
		}
		found, err := manage.Find(ctx, o.manager, unit, o.allRuns)
		if err != nil {
			return 0, err
		}
		if len(found) == 0 {
			tui.missing(unit)
			code = statusMissing
		}
		list = append(list, found...)
	}
	if o.json {
		return code, text.JSON(out, list)
	}
	return code, manage.Print(out, list)
}

// showLog prints a run's output. With further arguments journalctl(1), which gorun becomes, or
// tail(1) chooses what is printed. That may be long, and its reader slow: it has no time limit.
func showLog(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	unit, err := scope.MangleName(o.command[0])
	if err != nil {
		return 0, &usageError{option: "--log " + o.command[0], reason: err.Error()}
	}
	args := o.command[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	log := &manage.Log{Unit: unit, Manager: o.manager, AllRuns: o.allRuns, Raw: o.raw}
	if err := log.Find(ctx); err != nil {
		return 0, err
	}
	switch {
	case len(args) == 0:
		return 0, log.Print(context.WithoutCancel(ctx), out)
	case log.InFile():
		return tailLog(ctx, log, args, out, tui)
	}
	for _, path := range log.Files() {
		tui.warn("journalctl does not show the output in " + path)
	}
	command, err := log.Journalctl(ctx, args)
	if err != nil {
		return 0, err
	}
	if closed, ok := out.(closedOutput); ok {
		return 0, closed
	}
	file, err := helper.Find(command[0])
	if err != nil {
		return 0, err
	}
	err = unix.Exec(file, command, os.Environ())
	return 0, &supervise.StartError{Name: command[0], Err: err}
}

// tailLog prints what tail(1) makes of the files with a run's output, or of those of all runs.
func tailLog(ctx context.Context, log *manage.Log, args []string, out io.Writer, tui *terminal) (int, error) {
	isInJournal, err := log.IsAlsoInJournal(ctx)
	if err != nil {
		return 0, err
	}
	if isInJournal {
		tui.warn("tail does not show the output in the journal")
	}
	unopened, none := log.Unopened()
	for i, why := range unopened {
		if none && i == len(unopened)-1 {
			return 0, why
		}
		tui.warn(why.Error())
	}
	return log.Tail(args, out)
}

// audit prints what a logout does to processes.
func audit(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	list, err := diagnose.Audit(ctx)
	if err != nil {
		return 0, err
	}
	if diagnose.MissesProcesses() {
		tui.warn("/proc hides processes (mount option hidepid): some of yours may be missing here")
	}
	if o.json {
		return 0, text.JSON(out, list)
	}
	if err := diagnose.PrintAudit(out, list); err != nil {
		return 0, err
	}
	for _, p := range list {
		if p.Multiplexer != nil && p.Ends() {
			tui.warnOfServer(diagnose.Server{Name: *p.Multiplexer, PID: p.PID, Why: p.Why})
		}
	}
	return 0, nil
}

// doctor prints what is missing on this machine. The status is 1 if there is a problem.
func doctor(ctx context.Context, o *options, out io.Writer, _ *terminal) (int, error) {
	list, status := diagnose.Examine(ctx), 0
	for _, f := range list {
		if f.Status == diagnose.Problem {
			status = 1
		}
	}
	if o.json {
		return status, text.JSON(out, list)
	}
	return status, diagnose.PrintFindings(out, list)
}
