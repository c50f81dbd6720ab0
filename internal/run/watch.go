package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/output"
	"gorun/internal/process"
	"gorun/internal/signals"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// questionTimeout is how long the manager may be silent when it is asked about a run that
// is ending. gorun must not hold up a shutdown.
const questionTimeout = time.Second

// stopperTimeout is used instead if the manager has just sent a stop's signal. The manager
// is alive then, but may be stopping other scopes, with a log line for each.
const stopperTimeout = 10 * time.Second

// errSilent means that the manager is not asked again.
var errSilent = errors.New("the manager does not answer")

// watch observes what the manager does to the run.
type watch struct {
	say      func(Event) // [Config].Tell
	spec     scope.Spec
	name     string    // COMMAND's base name
	reports  bool      // there will be a report
	begun    time.Time // before the manager was asked to start the scope
	scope    *scope.Scope
	group    cgroup.Group        // with the scope's figures; the zero Group until it is looked for
	pid      int                 // COMMAND's, once it runs
	child    *supervise.Child    // COMMAND, once it runs
	endedIn  string              // the cgroup in which COMMAND ended; empty if it is not known
	parent   *process.SignalSets // of gorun's parent; nil before COMMAND runs
	job      process.Job         // COMMAND's
	stopped  bool                // the manager has sent a stop's signal
	origin   origin              // of gorun
	last     heardSignal         // the signal that was heard last
	state    scope.State         // once the scope is stopping; zero before
	told     *evidence           // for the last [Ending]; nil before
	silent   bool                // the manager did not answer, and is not asked again
	above    []memoryLimit
	outlived bool // there were leftover processes, which the manager may have ended
	isGuest  bool // the run has joined another one
	before   counts
}

// counts are what had happened in a scope before the run joined it.
type counts struct{ oomKills, failedForks uint64 }

func newWatch(c Config) *watch {
	return &watch{say: c.Tell, spec: c.Spec, reports: c.JudgeSurvival, name: filepath.Base(c.Command[0]), begun: time.Now(), origin: findOrigin()}
}

// entered says that the run is in its scope.
func (w *watch) entered(s *scope.Scope) { w.scope, w.group = s, cgroup.Group{} }

// joined says that the run is in the scope of another one. The time limit runs since the
// scope's start, and the limit and the stop signal are those of the other run.
func (w *watch) joined(h *host, stop unix.Signal) {
	w.entered(h.scope)
	w.isGuest, w.begun = true, h.begun
	w.spec.Properties = slices.Clone(w.spec.Properties)
	for _, text := range []string{"RuntimeMaxSec=" + property.FormatSpan(h.state.RuntimeMax), fmt.Sprintf("KillSignal=%d", stop)} {
		if p, err := property.Parse(text); err == nil { // else systemd knows more than gorun
			w.spec.Properties = append(w.spec.Properties, p)
		}
	}
	stats, _ := h.scope.Stats() // what cannot be read is 0
	w.before = counts{oomKills(stats), w.allRefusedForks(stats).n}
}

// commandStarted says that COMMAND runs.
func (w *watch) commandStarted(child *supervise.Child) {
	w.child, w.pid = child, child.PID()
	if w.scope == nil {
		return
	}
	w.parent = process.OpenSignalSets(os.Getppid())
	w.job = process.Job{Group: unix.Getpgrp(), Caller: w.origin.group, Since: ticksNow() + pipelineTicks}
	if group, err := w.figures(); err == nil {
		w.above = memoryLimitsAbove(group)
	}
}

// figures is the group that has the scope's figures. Its mount is looked for once.
func (w *watch) figures() (group cgroup.Group, err error) {
	if w.group == (cgroup.Group{}) {
		w.group, err = w.scope.Figures()
	}
	return w.group, err
}

// commandEnded notes where COMMAND has ended. A process that has ended is still in a cgroup
// until it is waited for.
func (w *watch) commandEnded(pid int) {
	w.endedIn, _ = cgroup.LastPathOf(pid) // empty without cgroup v2
}

// pipelineTicks is how long a shell may take to start the other commands of a pipeline.
const pipelineTicks = process.TicksPerSecond / 2

// ticksNow is the time in ticks since the machine's start.
func ticksNow() uint64 {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) // cannot fail: every Linux has this clock
	return uint64(now.Nano() / int64(time.Second/process.TicksPerSecond))
}

// leftoversFound says whether there were leftover processes when COMMAND had ended.
func (w *watch) leftoversFound(found bool) { w.outlived = found }

// heard takes note of a signal to gorun. If the manager may be stopping the scope, it
// asks the manager, and says early why the run ends.
func (w *watch) heard(i signals.Info) {
	w.last = heardSignal{w.senderOf(i), w.askIfRelayedLogout(i)}
	if !w.isOfStop(i.Signal) {
		return
	}
	switch w.last.sender {
	case managerSender:
		w.stopped = true
		w.tellEarly()
	case maybeManager:
		if w.askIfStopping() {
			w.stopped = true
			w.tellEarly()
		}
	}
}

// route returns what to do with the signal that was heard last. The manager sends its
// signals to every process of the scope. COMMAND does not get them if it has moved to
// another scope. If the sender is not known, a signal sent twice is better than a lost one.
func (w *watch) route(i signals.Info, pid int) supervise.Route {
	sender := w.last.sender
	byManager := sender == managerSender || sender == maybeManager && w.isOfStop(i.Signal) && w.isStopping()
	switch {
	case w.last.relayed:
		return supervise.Part
	case byManager && w.isInside(pid):
		return supervise.Delivered
	}
	return supervise.Forward
}

// isOfStop reports whether the manager stops a scope with a signal. It sends SIGCONT
// after the stop signal, and SIGCONT may be heard first.
func (w *watch) isOfStop(sig unix.Signal) bool {
	return sig == w.stopSignal() || sig == unix.SIGHUP || sig == unix.SIGCONT
}

// isInside reports whether a process is in the scope or in a cgroup below it.
func (w *watch) isInside(pid int) bool {
	group, err := cgroup.PathOf(pid)
	return err == nil && cgroup.Contains(w.scope.Cgroup, group)
}

// stopSignal is the signal by which the manager stops the scope.
func (w *watch) stopSignal() unix.Signal {
	if p, ok := w.spec.Property("KillSignal"); ok {
		return p.Signal()
	}
	return unix.SIGTERM
}

// isStopping reports whether the scope is known to be stopping.
func (w *watch) isStopping() bool { return w.state.Active != "" }

// askIfStopping asks the manager whether the scope is stopping, unless that is known.
// Why it is stopping does not change after that.
//
// An inactive scope has ended while this process was elsewhere, and hooks keep it known. It may have
// ended by itself.
func (w *watch) askIfStopping() bool {
	if !w.isStopping() {
		if state, err := w.ask(); err == nil && state.Stopping() && state.Active != "inactive" {
			w.state = state
		}
	}
	return w.isStopping()
}

// ask asks the manager for the scope's state.
func (w *watch) ask() (scope.State, error) {
	if w.silent {
		return scope.State{}, errSilent
	}
	timeout := questionTimeout
	if w.stopped {
		timeout = stopperTimeout
	}
	ctx, cancel := bus.WithSilenceLimit(context.Background(), timeout)
	defer cancel()
	state, err := w.scope.State(ctx)
	w.silent = errors.Is(err, context.DeadlineExceeded)
	return state, err
}

// tellEarly says why the scope is stopping when that begins. If COMMAND does not end in
// time, gorun is killed with it, and could not say it later. On a terminal it has to
// wait, since COMMAND may use all of the screen.
func (w *watch) tellEarly() {
	if w.told == nil && !output.IsTerminal(2) && w.askIfStopping() {
		w.tell(w.look(supervise.Status{}))
	}
}

// isOverdue reports whether the run's time limit is over.
func (w *watch) isOverdue() bool {
	p, ok := w.spec.Property("RuntimeMaxSec")
	return ok && time.Since(w.begun) >= p.Span()
}
