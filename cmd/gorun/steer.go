package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gorun/internal/manage"
	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/scope/property"
)

// maxListed is how many runs that have ended are listed if --all-runs is not given.
const maxListed = 1000

// list prints the runs, or those that have ended.
func list(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	if o.ended {
		return 0, listEnded(ctx, o, out, tui)
	}
	code, found, err := 0, []*manage.Status(nil), error(nil)
	if o.allUsers {
		var failed []error
		found, failed = manage.ListAllUsers(ctx)
		for _, err := range failed {
			tui.printf("gorun: error: %v\n", err)
			code = statusManagement
		}
	} else if found, err = manage.List(ctx, o.manager); err != nil {
		return 0, err
	}
	if o.json {
		return code, text.JSON(out, found)
	}
	return code, manage.PrintList(out, text.ScreenOf(out, os.Getenv), found, o.allUsers)
}

// listEnded prints the runs that have ended.
func listEnded(ctx context.Context, o *options, out io.Writer, tui *terminal) error {
	most := maxListed
	if o.allRuns {
		most = manage.AllEnded
	}
	found, err := manage.ListEnded(ctx, o.manager, most, o.allUsers)
	if err != nil {
		return err
	}
	if len(found) == most {
		tui.warn(fmt.Sprintf("these are the newest %d; --all-runs lists all", most))
	}
	if o.json {
		return text.JSON(out, found)
	}
	return manage.PrintEnded(out, text.ScreenOf(out, os.Getenv), found, o.allUsers)
}

// targets finds the runs that are named, each once, where it is named last. missing has an error
// for each name without a run.
func (o *options) targets(ctx context.Context, use manage.Use, names []string) (found []*manage.Target, missing []error, err error) {
	finder := manage.NewFinder(ctx, o.manager, use, len(names))
	for _, typed := range names {
		t, err := finder.Find(ctx, typed)
		var none *manage.NoRunError
		switch {
		case errors.As(err, &none):
			missing = append(missing, err)
		case err != nil:
			return nil, nil, o.blameName(typed, err)
		default:
			isSame := func(other *manage.Target) bool { return other.Unit == t.Unit }
			found = append(slices.DeleteFunc(found, isSame), t)
		}
	}
	return found, missing, nil
}

// waitFor waits for runs, and returns the status of the last one. That may be any number, so
// that a failure of the wait has the status of a failed launch.
func waitFor(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	found, missing, err := o.targets(ctx, manage.Waiting, o.command)
	if err != nil {
		return 0, &waitError{err}
	}
	if len(missing) > 0 {
		return o.missing(missing, tui), nil // at once: the wait has no effect that could be lost
	}
	status, ended := 0, []*manage.Status{}
	for _, t := range found {
		u, err := t.Wait(ctx)
		if err != nil {
			return 0, &waitError{err}
		}
		ended = append(ended, u)
		status = o.statusOf(u, tui)
	}
	if o.json {
		return status, text.JSON(out, ended)
	}
	return status, nil
}

// statusOf is the status of a run that has ended. If the run has no record, a line says what is
// known.
func (o *options) statusOf(u *manage.Status, tui *terminal) int {
	status, err := u.ExitStatus()
	if err != nil {
		tui.fail(err)
		return statusFailed
	}
	if why := u.Unrecorded(); why != "" {
		tui.warn(why)
	}
	return status
}

// waitError means that runs could not be waited for.
type waitError struct{ error }

func (e *waitError) Unwrap() error { return e.error }

// missing prints which runs there are not.
func (o *options) missing(list []error, tui *terminal) int {
	for _, err := range list {
		tui.fail(err)
	}
	return statusMissing
}

// act does something to the runs that are named, and prints what became of each.
func (o *options) act(ctx context.Context, names []string, out io.Writer, tui *terminal, do func([]*manage.Target) []*manage.Action) (int, error) {
	found, missing, err := o.targets(ctx, manage.Acting, names)
	if err != nil {
		return 0, err
	}
	actions := do(found)
	code := 0
	for _, a := range actions {
		if a.Err != nil {
			tui.fail(o.blameSet(a.Err))
			code = statusManagement
		}
	}
	if len(missing) > 0 {
		code = cmp.Or(code, o.missing(missing, tui)) // a failure is told, whatever is missing
	}
	if o.json {
		return code, text.JSON(out, append([]*manage.Action{}, actions...))
	}
	return code, printActions(out, actions)
}

// printActions says what was done to each run.
func printActions(out io.Writer, actions []*manage.Action) error {
	for _, a := range actions {
		words := map[manage.Done]string{
			manage.Stopped: "stopped",
			manage.Killed:  "did not stop when it was asked to, and was killed",
			manage.Ended:   "had ended",
			manage.Unknown: "ended; whether it was killed is not known",
			manage.Frozen:  "frozen",
			manage.Thawed:  "thawed",
			manage.Changed: "changed",
		}[a.Result]
		if words == "" {
			continue // it failed, which has been said
		}
		if a.Unasked {
			words = "was killed"
		}
		if a.TimeLeft != nil {
			words += fmt.Sprintf("; its time limit runs on, %s left", text.Duration(report.Duration(*a.TimeLeft)))
		}
		if _, err := text.Fprintf(out, "%s: %s\n", a.Unit, words); err != nil {
			return err
		}
	}
	return nil
}

// stop stops runs. How long that may take is their business.
func stop(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	return o.act(ctx, o.command, out, tui, func(list []*manage.Target) []*manage.Action {
		return manage.Stop(ctx, list)
	})
}

func freeze(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	return o.act(ctx, o.command, out, tui, func(list []*manage.Target) []*manage.Action { return manage.Freeze(ctx, list) })
}

func thaw(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	return o.act(ctx, o.command, out, tui, func(list []*manage.Target) []*manage.Action { return manage.Thaw(ctx, list) })
}

// setProperty changes properties of a run.
func setProperty(ctx context.Context, o *options, out io.Writer, tui *terminal) (int, error) {
	var properties []property.Property
	for _, assignment := range o.command[1:] {
		p, err := property.Parse(assignment)
		if err != nil {
			return 0, o.blameSet(err)
		}
		properties = append(properties, p)
	}
	return o.act(ctx, o.command[:1], out, tui, func(list []*manage.Target) (actions []*manage.Action) {
		for _, t := range list {
			a, s := manage.Set(ctx, t, properties)
			actions = append(actions, a)
			if s != nil {
				tui.limits(s, func(err error) error { return err })
			}
		}
		return actions
	})
}

// blameSet says that an error is about an assignment of --set-property.
func (o *options) blameSet(err error) error {
	if o.manage.option != "set-property" {
		return err
	}
	name, value, why := culprit(err)
	assignment := name
	for _, word := range o.command[1:] {
		if word == name+"="+value || value == "" && strings.HasPrefix(word+"=", name+"=") {
			assignment = word
		}
	}
	if name == "" {
		return err
	}
	// The causes have hints for launches.
	return &usageError{option: "--set-property " + assignment, reason: why}
}
