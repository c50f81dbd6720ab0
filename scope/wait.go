package scope

import (
	"context"
	"path/filepath"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Result is what the manager says of how a scope has fared. It does not learn the
// exit statuses of the processes.
type Result string

const (
	// Unknown means that the manager had forgotten the scope before it could be
	// asked.
	Unknown Result = ""
	// Success means that all processes have ended, or were stopped in time,
	// however they ended.
	Success Result = "success"
	// TimedOut means that the scope was stopped since its RuntimeMaxSec was over,
	// or did not stop within TimeoutStopSec.
	TimedOut Result = "timeout"
	// OOMKilled means that the OOM killer struck and the OOMPolicy is not
	// "continue".
	OOMKilled Result = "oom-kill"
	// NoResources means that the processes could not be moved into the scope.
	NoResources Result = "resources"
)

// Wait waits until the scope has ended, and returns how. Any number of callers may
// wait for a scope.
//
// The manager forgets an ended scope at once, unless the scope was started with
// KeepFailed and has failed. If it ends before Wait is heard the result is therefore
// [Unknown], with KeepFailed then in effect [Success].
//
// A connection is held meanwhile. On a message bus the manager tells it about this
// scope alone, and keeps the scope's result until it is read. Where there is none,
// the manager's private socket serves; there it tells everybody about every unit. The
// manager may execute itself anew meanwhile, and the bus may go.
//
// To wait for the end alone, [Scope.Group] and [cgroup.Group.WaitEmpty] need no
// connection.
func (s *Scope) Wait(ctx context.Context) (Result, error) {
	for attempt := 1; ; attempt++ {
		w := waiting{scope: s}
		over, err := w.connected(ctx)
		switch {
		case over:
			return w.result, nil
		case ctx.Err() != nil:
			return Unknown, ctx.Err()
		case isBroken(err) && w.heard:
			attempt = 0 // there was a manager
		case isBroken(err) && attempt < maxAttempts:
		case s.isEmpty():
			return Unknown, nil // the manager has ended, too
		default:
			return Unknown, s.callError("wait for", err)
		}
	}
}

// isEmpty tells whether the kernel says that no process is left.
func (s *Scope) isEmpty() bool {
	if s.Cgroup == "" {
		return false
	}
	empty, err := isEmpty(s.Cgroup)
	return empty && err == nil
}

// listen connects to where the manager tells least of other units: the message bus
// that it is on, if there is one.
func (s *Scope) listen(ctx context.Context) (*bus.Conn, error) {
	if conn, err := s.messageBus().dial(ctx); err == nil {
		var version string
		if systemd1.GetManager(ctx, conn, "Version", &version) == nil {
			return conn, nil
		}
		conn.Close() // the manager is not on that bus, or not now
	}
	return s.redial(ctx)
}

// messageBus is the bus that the manager connects to, whatever the caller's
// environment says.
func (s *Scope) messageBus() endpoint {
	if s.at.address.MessageBus {
		return s.at
	}
	if s.Manager == SystemManager {
		return endpoint{bus.SystemBus(), s.at.runtimeDir}
	}
	return endpoint{bus.Address{Path: filepath.Join(s.at.runtimeDir, "bus"), MessageBus: true}, s.at.runtimeDir}
}
