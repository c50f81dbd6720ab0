package run

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/signals"
	"gorun/scope"
)

// heardSignal is what is known of a signal to gorun.
type heardSignal struct {
	sender  sender
	relayed bool // it was a logout's, and gorun's parent has passed it on
}

// sender is who may have sent a signal.
type sender int

const (
	otherSender   sender = iota
	managerSender        // a manager, which has signaled the whole scope
	maybeManager         // not known; or a manager, which may have signaled gorun alone
)

// origin is where and when gorun was started.
type origin struct {
	group string        // the cgroup
	place logind.Place  // the unit
	begun time.Duration // on CLOCK_MONOTONIC
}

func findOrigin() origin {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail: every Linux has this clock
	group, _ := cgroup.PathOf(0)                  // empty without cgroup v2
	return origin{group, logind.PlaceOf(group), time.Duration(now.Nano())}
}

// service is the service of a manager that gorun was started in. It is empty if gorun was
// started elsewhere.
func (o origin) service(m scope.Manager) string {
	isUsers := m == scope.UserManager
	if o.place.Managed != isUsers || !strings.HasSuffix(o.place.Unit, ".service") {
		return ""
	}
	return o.place.Unit
}

// senderOf finds out who has sent a signal. Who gorun's parent is says nothing: a manager
// adopts what has lost its parent.
func (w *watch) senderOf(i signals.Info) sender {
	switch {
	case w.scope == nil, w.scope.IsEmbedded(): // a stop's signals go to COMMAND alone
		return otherSender
	case !i.Known || w.scope.ManagerPID == 0:
		return maybeManager
	case i.ByProcess(w.scope.ManagerPID):
		return managerOr(w.askIfServiceProcess(w.scope.Manager))
	case i.ByProcess(systemManager):
		return managerOr(w.askIfServiceProcess(scope.SystemManager))
	}
	return otherSender
}

// systemManager is the process of the system manager. It also signals the processes of a
// user's manager: all of them, for example for "loginctl kill-user".
const systemManager = 1

// managerOr is a manager as the sender, which may have signaled gorun alone.
func managerOr(mayBeAlone bool) sender {
	if mayBeAlone {
		return maybeManager
	}
	return managerSender
}

// askIfServiceProcess asks a manager whether gorun may be the main or the control process
// of a service, which the manager signals by itself as well. Only a process that was started
// in the service can be that. A signal that is sent twice is better than a lost one.
func (w *watch) askIfServiceProcess(m scope.Manager) bool {
	service := w.origin.service(m)
	if service == "" {
		return false
	}
	ctx, cancel := bus.WithSilenceLimit(context.Background(), stopperTimeout)
	defer cancel()
	ask := m.ServiceProcesses
	if m == w.scope.Manager {
		ask = w.scope.ServiceProcesses // also while the manager re-executes
	}
	pids, err := ask(ctx, service)
	return err != nil || slices.Contains(pids, os.Getpid())
}

// askIfRelayedLogout asks, if gorun's parent sent the signal, whether a logout kills the
// parent. The parent then passes on the signal that it got, as sudo(8) does in the session
// of another user. COMMAND is to survive the logout, but the parent waits until gorun ends.
//
// The parent may also kill gorun because it wants to. A logout that has begun before gorun
// was started is not the reason, and a parent that cannot have handled the signal itself
// passes nothing on. That spares most signals the question, which takes memory: where
// MemoryHigh= throttles the scope, each piece of it can take two seconds.
func (w *watch) askIfRelayedLogout(i signals.Info) bool {
	parent := os.Getppid()
	return (i.Signal == unix.SIGTERM || i.Signal == unix.SIGHUP) && i.ByProcess(parent) &&
		w.parentHandles(parent, i.Signal) && logind.AskIfKilledByLogout(parent, w.origin.begun)
}

// parentHandles reports whether gorun's parent may deal with a signal in its own way.
func (w *watch) parentHandles(parent int, sig unix.Signal) bool {
	if !w.parent.Of(parent) { // another process has adopted gorun
		w.parent = process.OpenSignalSets(parent)
	}
	return w.parent.Handles(sig)
}
