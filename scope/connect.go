package scope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/logind"
)

const errDestructive = "org.freedesktop.systemd1.TransactionIsDestructive"

// privateSocket is the manager's own socket in its runtime folder.
const privateSocket = "systemd/private"

// connect connects to the manager. A user's manager that does not run is started,
// if the scope may have the user linger: logind runs one for who lingers.
func (s *Scope) connect(ctx context.Context, spec Spec) (*bus.Conn, error) {
	conn, at, err := spec.Manager.dial(ctx)
	var none *NoManagerError
	if errors.As(err, &none) && spec.mayStartManager() {
		if err := s.startManager(ctx, identity{}); err != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: append(none.Tried, err)}
		}
		conn, at, err = spec.Manager.dial(ctx)
	}
	s.at = at
	return conn, err
}

// mayStartManager tells whether lingering may start the manager.
func (s Spec) mayStartManager() bool {
	return s.Linger == LeaseLingering && s.Manager.resolve() == UserManager
}

// startManager has logind start the user's manager, by lingering, and waits for
// it. Its socket must not be the old one, which a manager that is about to end
// still has.
func (s *Scope) startManager(ctx context.Context, old identity) error {
	if s.lease != nil {
		if err := s.lease.Take(ctx); err != nil {
			return fmt.Errorf("start it: %w", err)
		}
		s.tookLease = true
	}
	return awaitSocket(ctx, filepath.Join(runtimeDir(), privateSocket), old)
}

// giveBack undoes what startManager did for a scope that did not start after all,
// unless another one has the lease by now.
func (s *Scope) giveBack(ctx context.Context) error {
	if !s.tookLease || (endpoint{runtimeDir: runtimeDir()}).invocationID(lingerUnit) != "" {
		return nil
	}
	return s.lease.Give(context.WithoutCancel(ctx))
}

// isGoingDown tells whether a launch failed since the manager ends: the connection
// breaks, the queued stop of everything wins over our job, or that is canceled.
func isGoingDown(ctx context.Context, conn *bus.Conn, err error) bool {
	var refused *ManagerError
	var job *JobError
	switch {
	case errors.As(err, &refused):
		return refused.Name == errDestructive
	case errors.As(err, &job):
		return job.Result == "canceled" && isStopping(ctx, conn)
	}
	return isBroken(err)
}

// isStopping asks a manager whether it ends.
func isStopping(ctx context.Context, conn *bus.Conn) bool {
	reply, err := conn.Call(ctx, bus.Call{
		Destination: managerName,
		Path:        managerPath,
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "Get",
		Args:        []any{managerInterface, "SystemState"},
	})
	var state dbus.Variant
	if err == nil {
		err = dbus.Store(reply, &state)
	}
	return isBroken(err) || state.Value() == "stopping"
}

// isBroken tells the errors of a connection whose other end is gone.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// lease finds out whether the scope has to hold a lease: not if the user lingers
// without us, nor if the system's manager, which does not end, is asked.
func (s Spec) lease() (*logind.Lease, error) {
	if !s.mayStartManager() {
		return nil, nil
	}
	lease, err := logind.LeaseFor(os.Geteuid())
	if err != nil {
		return nil, err
	}
	own, err := lease.Own()
	if own || err != nil {
		return nil, err
	}
	return &lease, nil
}
