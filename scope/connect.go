package scope

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// connect connects to the manager. A user's manager without sessions may be about
// to end, or not run at all: it is first made to stay. If that is refused, what
// runs all the same is taken.
func (s *Scope) connect(ctx context.Context, spec Spec) (*bus.Conn, error) {
	refused := s.noLease
	if s.lease != nil && s.keeper == nil && !logind.HasSession(s.lease.User.UID) {
		refused = s.keepManager(ctx)
	}
	conn, at, err := spec.Manager.dial(ctx)
	var none *NoManagerError
	if errors.As(err, &none) && spec.mayStartManager() {
		if refused != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: append(none.Tried, leaseError(refused))}
		}
		// The user lingers or has just logged in.
		if err := awaitUserManager(ctx); err != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: append(none.Tried, err)}
		}
		conn, at, err = spec.Manager.dial(ctx)
	}
	s.at = at
	return conn, err
}

// reconnect connects to the manager that started the scope. One that executes
// itself anew has no socket for a moment.
func (s *Scope) reconnect(ctx context.Context) (*bus.Conn, error) {
	for attempt := 1; ; attempt++ {
		conn, err := s.at.dial(ctx)
		if err == nil || s.Manager != UserManager || attempt == maxAttempts || awaitUserManager(ctx) != nil {
			return conn, err
		}
	}
}

// isGoingDown tells whether a launch failed since the manager ends: the connection
// breaks, the queued stop of everything wins over our job, or that is canceled.
func isGoingDown(ctx context.Context, conn *bus.Conn, err error) bool {
	var refused *ManagerError
	var job *JobError
	switch {
	case errors.As(err, &refused):
		return refused.Name == systemd1.TransactionIsDestructive || refused.Name == systemd1.NoReply
	case errors.As(err, &job):
		return job.Result == "canceled" && isStopping(ctx, conn)
	}
	return isBroken(err)
}

// isStopping asks a manager whether it ends.
func isStopping(ctx context.Context, conn *bus.Conn) bool {
	var state string
	err := systemd1.GetManager(ctx, conn, "SystemState", &state)
	return isBroken(err) || state == "stopping"
}

// isBroken tells the errors of a connection whose other end is gone.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}
