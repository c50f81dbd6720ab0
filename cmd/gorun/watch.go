package main

import (
	"context"
	"errors"
	"os"
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

// stopperTimeout bounds it where the manager has just sent a stop's signal: it lives, and
// may have other scopes to stop, each with a line in the journal.
const stopperTimeout = 10 * time.Second

// errSilent is what a manager gets no second question for.
var errSilent = errors.New("the manager does not answer")

// watch knows what a run's manager does to it.
type watch struct {
	scope     *scope.Scope // nil if there is none
	spec      scope.Spec
	begun     time.Time // before the manager was asked
	tui       *terminal
	name      string      // COMMAND's
	pid       int         // COMMAND's, as soon as it runs
	stopped   bool        // the manager has stopped the scope, or killed as if it did
	state     scope.State // once it is stopping; zero before that
	told      *evidence   // by which it was said why the run ends; nil before
	silent    bool        // the manager did not answer, and is not asked again
	outlasted bool        // by processes, whose end the manager may have brought about
	parted    bool        // gorun leaves COMMAND alone
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
		if w.isOfAStop(i.Signal) {
			w.stopped = true
			w.tellEarly()
		}
		return w.isInside(pid)
	case i.Known && manager != 0 && !i.ByProcess(manager), !w.isOfAStop(i.Signal):
		return false
	}
	// Who sent it is not known; or the manager did, whose child gorun is, the main
	// process of a service, which is sent signals of its own.
	if !w.isStopping() { // sent twice is better than lost
		return false
	}
	w.stopped = true
	w.tellEarly()
	return w.isInside(pid)
}

// tellEarly says why the scope is stopped when that begins: if COMMAND does not end in
// time, gorun is killed with it. On a terminal that has to wait, since COMMAND may
// have all of the screen.
func (w *watch) tellEarly() {
	if w.told == nil && !w.tui.isTerminal() && w.isStopping() {
		w.tell(w.look(supervise.Status{}))
	}
}

// isRelayed tells whether a logout kills whoever started gorun, as sudo(8) in the
// session of another user, and that one passes on what it got. COMMAND is to survive
// the logout, and gorun to end, since it is waited for.
func (w *watch) isRelayed(i signals.Info) bool {
	parent := os.Getppid()
	w.parted = (i.Signal == unix.SIGTERM || i.Signal == unix.SIGHUP) && i.ByProcess(parent) && logind.IsLoggingOut(parent)
	return w.parted
}

// isOfAStop tells the signals that a manager stops a scope with. SIGCONT follows the
// stop signal, and may be heard of before.
func (w *watch) isOfAStop(sig unix.Signal) bool {
	return sig == w.stopSignal() || sig == unix.SIGHUP || sig == unix.SIGCONT
}

// isInside tells whether a process is in the scope, or below it.
func (w *watch) isInside(pid int) bool {
	group, err := cgroup.PathOf(pid)
	return err == nil && cgroup.Contains(w.scope.Cgroup, group)
}

// stopSignal is what the manager stops the scope with.
func (w *watch) stopSignal() unix.Signal {
	if p, ok := w.spec.Property("KillSignal"); ok {
		return p.Signal()
	}
	return unix.SIGTERM
}

// isStopping tells whether the manager stops the scope. Once it does, why is known and
// does not change.
func (w *watch) isStopping() bool {
	if w.state.Active == "" {
		if state, err := w.ask(); err == nil && state.Stopping() {
			w.state = state
		}
	}
	return w.state.Active != ""
}

// ask asks the manager how the scope is.
func (w *watch) ask() (scope.State, error) {
	if w.silent {
		return scope.State{}, errSilent
	}
	timeout := questionTimeout
	if w.stopped {
		timeout = stopperTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	state, err := w.scope.State(ctx)
	w.silent = errors.Is(err, context.DeadlineExceeded)
	return state, err
}

// isOverdue tells whether the run has had all of its time.
func (w *watch) isOverdue() bool {
	p, ok := w.spec.Property("RuntimeMaxSec")
	return ok && time.Since(w.begun) >= p.Span()
}
