package run

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/logind"
	"gorun/internal/signals"
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
	managerSender        // the manager, which stops the scope or was asked to signal it
	maybeManager         // not known; or the manager as gorun's parent, in a service
)

// origin is where and when gorun was started.
type origin struct {
	begun time.Duration // on CLOCK_MONOTONIC
}

func findOrigin() origin {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail: every Linux has this clock
	return origin{time.Duration(now.Nano())}
}

func (w *watch) senderOf(i signals.Info) sender {
	if w.scope == nil {
		return otherSender
	}
	manager := w.scope.ManagerPID
	switch {
	case i.ByProcess(manager) && os.Getppid() != manager:
		return managerSender
	case i.Known && manager != 0 && !i.ByProcess(manager):
		return otherSender
	}
	return maybeManager
}

// isRelayedLogout reports whether a logout kills gorun's parent, which passes on the
// signal it got, as sudo(8) does in the session of another user. COMMAND is to survive
// the logout, but the parent waits until gorun ends.
//
// The parent may also kill gorun because it wants to. A logout that has begun before gorun
// was started is not the reason.
func (w *watch) isRelayedLogout(i signals.Info) bool {
	parent := os.Getppid()
	return (i.Signal == unix.SIGTERM || i.Signal == unix.SIGHUP) && i.ByProcess(parent) &&
		logind.IsKilledByLogout(parent, w.origin.begun)
}
