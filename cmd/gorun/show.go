package main

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"gorun/internal/diagnose"
	"gorun/internal/entry"
	"gorun/internal/helper"
	"gorun/internal/manage"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
)

// showStatus prints how runs are.
func showStatus(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	code, list := 0, []*manage.Status{}
	for _, typed := range o.command {
		unit, err := o.resolve(ctx, typed)
		var none *manage.NoRunError
		if errors.As(err, &none) {
			tui.printf("gorun: error: %v\n", err)
			code = statusMissing
			continue
		}
		if err != nil {
			return 0, err
		}
		found, err := manage.Find(ctx, o.manager, unit, o.allRuns)
		if err != nil {
			return 0, err
		}
		list = append(list, found...)
	}
	if o.json {
		return code, text.JSON(out, list)
	}
	return code, manage.Print(out, list)
}

// resolve finds the unit that the caller wants to read about.
func (o *options) resolve(ctx context.Context, typed string) (string, error) {
	unit, err := manage.Resolve(ctx, o.manager, typed, manage.Reading)
	return unit, o.blameName(typed, err)
}

// blameName says that an error is about a name.
func (o *options) blameName(typed string, err error) error {
	var bad *scope.UnitNameError
	var ambiguous *manage.AmbiguousError
	switch option := "--" + o.manage.option + " " + typed; {
	case errors.As(err, &bad):
		return &usageError{option: option, reason: bad.Reason, cause: err}
	case errors.As(err, &ambiguous):
		return &usageError{option: option, reason: err.Error(), cause: err}
	}
	return err
}

// showLog prints a run's output. With further arguments journalctl(1), which gorun becomes, or
// tail(1) chooses what is printed. That may be long, and its reader slow: it has no time limit.
func showLog(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	unit, err := o.resolve(ctx, o.command[0])
	var none *manage.NoRunError
	if errors.As(err, &none) {
		err = &manage.NoLogError{Unit: none.Name}
	}
	if err != nil {
		return 0, err
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
	err = entry.Inherit(func() error { return unix.Exec(file, command, os.Environ()) })
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
			tui.warnOfServer(diagnose.Server{Name: *p.Multiplexer, PID: p.PID, Why: p.Why, Fix: diagnose.Rescue(p)})
		}
	}
	for _, r := range diagnose.Risks(list) {
		tui.warn(r.What)
		tui.advise(r.Fix)
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
