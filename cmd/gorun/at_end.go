package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/supervise"
	"gorun/scope/property"
)

// atEnd is what happens to the processes that COMMAND leaves behind.
type atEnd string

const (
	leaveRest   atEnd = "leave"
	waitForRest atEnd = "wait"
	stopRest    atEnd = "stop"
)

// readAtEnd reads --at-end.
func (o *options) readAtEnd(c *cli.Context) error {
	o.atEnd = leaveRest
	if !c.IsSet("at-end") {
		return nil
	}
	typed := "--at-end=" + c.String("at-end")
	o.atEnd = atEnd(c.String("at-end"))
	if all := []string{string(leaveRest), string(waitForRest), string(stopRest)}; !slices.Contains(all, c.String("at-end")) {
		return &usageError{option: typed, reason: "want one of " + strings.Join(all, ", ")}
	}
	return nil
}

// systemdStopTimeout is DefaultTimeoutStopSec= of a systemd that was not told
// otherwise.
const systemdStopTimeout = 90 * time.Second

// settle does with the processes that COMMAND has left behind what was asked for. A
// signal that ended the wait for them is returned.
func (w *watch) settle(child *supervise.Child, how atEnd, tui *terminal) (by unix.Signal) {
	if how == leaveRest {
		return 0
	}
	if w.scope == nil {
		tui.warn("--at-end=" + string(how) + " has no effect without a scope")
		return 0
	}
	group, err := cgroup.At(w.scope.Cgroup)
	var rest supervise.Rest
	switch {
	case err != nil:
	case how == waitForRest:
		rest, err = child.WaitForRest(group)
	case how == stopRest:
		rest, err = child.StopRest(group, supervise.Stopping{Signals: w.stopSignals(), Timeout: w.stopTimeout})
	}
	if err != nil {
		tui.warn("--at-end=" + string(how) + ": " + oneLine(err))
	}
	w.outlasted = rest.Found
	tui.warnOfRest(w.scope.Unit, rest)
	return rest.By
}

// stopSignals are those that a manager stops the scope with, in its order. A process
// that is stopped gets to see them by SIGCONT (unit_kill_context in systemd's unit.c).
func (w *watch) stopSignals() []unix.Signal {
	list := []unix.Signal{w.stopSignal(), unix.SIGCONT}
	if p, ok := w.spec.Property("SendSIGHUP"); ok && p.IsTrue() {
		list = append(list, unix.SIGHUP)
	}
	return list
}

// stopTimeout is the scope's TimeoutStopSec, negative for none.
func (w *watch) stopTimeout() time.Duration {
	if p, ok := w.spec.Property("SendSIGKILL"); ok && !p.IsTrue() {
		return -1
	}
	timeout := systemdStopTimeout
	if state, err := w.ask(); err == nil {
		timeout = state.StopTimeout
	} else if p, ok := w.spec.Property("TimeoutStopSec"); ok {
		timeout = p.Span()
	}
	if timeout == property.Infinity {
		return -1
	}
	return timeout
}
