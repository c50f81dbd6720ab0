package run

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/supervise"
	"gorun/scope/property"
)

// AtEnd says what to do about leftover processes: those that are still in the scope when
// COMMAND has ended.
type AtEnd string

const (
	Leave   AtEnd = "leave" // leave them alone
	WaitFor AtEnd = "wait"  // wait until they end
	Stop    AtEnd = "stop"  // stop them as the manager would
)

// settle does to leftover processes what AtEnd says. It returns the signal that ended
// the wait for them, 0 if none did.
func (r *run) settle(child *supervise.Child) (by unix.Signal) {
	if r.AtEnd == Leave || r.joined {
		return 0
	}
	if r.scope == nil {
		r.Tell(Warning{&AtEndError{r.AtEnd, nil}})
		return 0
	}
	r.recheck()
	group, err := r.members()
	var rest supervise.Rest
	switch {
	case err != nil:
	case r.AtEnd == WaitFor:
		rest, err = child.WaitForRest(group)
	case r.AtEnd == Stop:
		rest, err = child.StopRest(group, supervise.Stopping{Signals: r.watch.stopSignals(), Timeout: r.watch.stopTimeout})
	}
	if err != nil {
		r.Tell(Warning{&AtEndError{r.AtEnd, err}})
	}
	r.watch.leftoversFound(rest.Found)
	if rest.Killed || len(rest.Left) > 0 {
		r.Tell(Left{r.scope.Unit, rest.Killed, rest.Left})
	}
	return rest.By
}

// members are where leftover processes are looked for.
func (r *run) members() (supervise.Members, error) {
	if r.scope.IsEmbedded() {
		return r.scope, nil
	}
	return cgroup.At(r.scope.Cgroup)
}

// stopSignals are the signals by which a manager stops the scope, in its order. SIGCONT
// lets a stopped process handle them (unit_kill_context in systemd's unit.c).
func (w *watch) stopSignals() []unix.Signal {
	list := []unix.Signal{w.stopSignal(), unix.SIGCONT}
	if p, ok := w.spec.Property("SendSIGHUP"); ok && p.IsTrue() {
		list = append(list, unix.SIGHUP)
	}
	return list
}

// systemdStopTimeout is systemd's built-in DefaultTimeoutStopSec=.
const systemdStopTimeout = 90 * time.Second

// stopTimeout is how long leftover processes have before they are killed. Negative means that
// they are not.
func (w *watch) stopTimeout() time.Duration {
	if p, ok := w.spec.Property("SendSIGKILL"); ok && !p.IsTrue() {
		return -1
	}
	return w.timeoutStopSec()
}

// timeoutStopSec asks for the scope's TimeoutStopSec. Negative means none.
func (w *watch) timeoutStopSec() time.Duration {
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
