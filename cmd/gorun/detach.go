package main

import (
	"fmt"
	"os"

	"gorun/internal/signals"
	"gorun/internal/supervise"
	"gorun/scope"
)

// detach has a copy of this process launch COMMAND, and returns when that runs: with
// the copy's status if it does not come to that. What went wrong the copy has said.
func detach() (supervise.Status, error) {
	supervise.IgnoreHangup() // the copy, too: the terminal may go while it launches
	c, err := supervise.NewCopy()
	if err != nil {
		return supervise.Status{}, err
	}
	unit, launched, status, err := c.Wait()
	switch {
	case err != nil:
		return supervise.Status{}, err
	case launched && unit != "":
		fmt.Fprintln(os.Stdout, unit)
	case !launched && status.Signal != 0:
		return supervise.Status{}, fmt.Errorf("the process that launches COMMAND died of %s", signals.Name(status.Signal))
	}
	return status, nil
}

// leaveTerminal does what --nohup and --detach promise, as the last thing before
// COMMAND starts: until then Ctrl-C reaches this process, and it may ask for a password.
func (o *options) leaveTerminal(out *output, s *scope.Scope, tui *terminal) error {
	if err := out.redirect(s, tui); err != nil {
		return fmt.Errorf("redirect the output: %w", err)
	}
	if o.caller == nil {
		return nil
	}
	return supervise.Setsid()
}

// letCallerGo lets the caller go on, to whom gorun's words have gone until now.
func (o *options) letCallerGo(s *scope.Scope, tui *terminal) error {
	if o.caller == nil {
		return nil
	}
	unit := ""
	if s != nil {
		unit = s.Unit
	}
	tui.release()
	return o.caller.LetGo(unit)
}
