package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/logind"
	"gorun/internal/signals"
	"gorun/internal/supervise"
	"gorun/scope"
)

// questionTimeout bounds a question to the manager about a run that is ending.
// gorun must not hold up a shutdown.
const questionTimeout = time.Second

// errSilent is what a manager gets no second question for.
var errSilent = errors.New("the manager does not answer")

// watch knows what a run's manager does to it.
type watch struct {
	scope   *scope.Scope // nil if there is none
	spec    scope.Spec
	begun   time.Time // before the manager was asked
	stopped bool      // the manager has stopped the scope
	silent  bool      // it did not answer, and is not asked again
}

// everyone tells whether a signal came from the manager, which sends it to every
// process of the scope. COMMAND may have left the scope, for one of its own, and
// then has not got it.
func (w *watch) everyone(i signals.Info, pid int) bool {
	if w.scope == nil {
		return false
	}
	manager := w.scope.ManagerPID
	switch {
	case i.ByProcess(manager) && os.Getppid() != manager:
		w.stopped = w.stopped || w.isOfAStop(i.Signal)
		return w.isInside(pid)
	case i.Known && manager != 0 && !i.ByProcess(manager), !w.isOfAStop(i.Signal):
		return false
	}
	// Who sent it is not known; or the manager did, whose child gorun is, the main
	// process of a service, which is sent signals of its own.
	state, err := w.ask()
	if err != nil {
		return false // sent twice is better than lost
	}
	w.stopped = w.stopped || state.Stopping()
	return state.Stopping() && w.isInside(pid)
}

// isRelayed tells whether a logout kills whoever started gorun, as sudo(8) in the
// session of another user, and that one passes on what it got. COMMAND is to survive
// the logout, and gorun to end, since it is waited for.
func (w *watch) isRelayed(i signals.Info) bool {
	parent := os.Getppid()
	return (i.Signal == unix.SIGTERM || i.Signal == unix.SIGHUP) && i.ByProcess(parent) && logind.IsLoggingOut(parent)
}

// isOfAStop tells the signals that a manager stops a scope with.
func (w *watch) isOfAStop(sig unix.Signal) bool { return sig == w.stopSignal() || sig == unix.SIGHUP }

// isInside tells whether a process is in the scope, or below it.
func (w *watch) isInside(pid int) bool {
	group, err := cgroup.PathOf(pid)
	return err == nil && (group == w.scope.Cgroup || strings.HasPrefix(group, w.scope.Cgroup+"/"))
}

// stopSignal is what the manager stops the scope with.
func (w *watch) stopSignal() unix.Signal {
	if p, ok := w.spec.Property("KillSignal"); ok {
		return p.Signal()
	}
	return unix.SIGTERM
}

// ask asks the manager how the scope is.
func (w *watch) ask() (scope.State, error) {
	if w.silent {
		return scope.State{}, errSilent
	}
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	state, err := w.scope.State(ctx)
	w.silent = errors.Is(err, context.DeadlineExceeded)
	return state, err
}

// end turns how COMMAND ended into how the run ended, and says so if that was not
// COMMAND's own doing.
func (w *watch) end(status supervise.Status, tui *terminal) supervise.Status {
	if w.scope == nil || !w.mayHaveBeenStopped(status) {
		return status
	}
	state, err := w.ask()
	if err != nil || !state.Stopping() {
		return status
	}
	// The result is timeout as well if stopping took too long.
	if state.Result == "timeout" && time.Since(w.begun) >= state.RuntimeMax {
		tui.ended(w.scope.Unit, "time limit of "+w.limit(state)+" reached")
		return supervise.Status{Code: statusTimeout}
	}
	tui.ended(w.scope.Unit, "stopped on request")
	return status
}

// mayHaveBeenStopped spares the usual end the question.
func (w *watch) mayHaveBeenStopped(status supervise.Status) bool {
	return w.stopped || status.Signal == w.stopSignal() || w.overdue()
}

// overdue tells whether the run has had all of its time.
func (w *watch) overdue() bool {
	p, ok := w.spec.Property("RuntimeMaxSec")
	return ok && time.Since(w.begun) >= p.Span()
}

// limit is the time limit in words.
func (w *watch) limit(state scope.State) string {
	text := scope.FormatSpan(state.RuntimeMax)
	if p, ok := w.spec.Property("RuntimeRandomizedExtraSec"); ok {
		text += " and up to " + scope.FormatSpan(p.Span()) + " more"
	}
	return text
}
