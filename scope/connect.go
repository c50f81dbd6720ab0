package scope

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/logind"
)

// What a manager or its bus says while it goes down or executes itself anew.
const (
	errDestructive = "org.freedesktop.systemd1.TransactionIsDestructive"
	errNoReply     = "org.freedesktop.DBus.Error.NoReply"
)

// connect connects to the manager. A user's manager without sessions may be about
// to end, or not run at all: it is first made to stay.
func (s *Scope) connect(ctx context.Context, spec Spec) (*bus.Conn, error) {
	if s.lease != nil && s.release == nil && !logind.HasSession(s.lease.User.UID) {
		if err := s.keepManager(ctx); err != nil {
			return nil, &NoManagerError{Manager: UserManager, Tried: []error{err}}
		}
	}
	conn, at, err := spec.Manager.dial(ctx)
	var none *NoManagerError
	if errors.As(err, &none) && spec.mayStartManager() {
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
	conn, err := s.at.dial(ctx)
	if err == nil || s.Manager != UserManager || awaitUserManager(ctx) != nil {
		return conn, err
	}
	return s.at.dial(ctx)
}

// mayStartManager tells whether lingering may start the manager.
func (s Spec) mayStartManager() bool {
	return s.Linger == LeaseLingering && s.Manager.resolve() == UserManager
}

// keepManager has logind start the user's manager, or keep the one that there is:
// the user lingers, and nobody gives that back before s.settle or s.giveBack.
func (s *Scope) keepManager(ctx context.Context) (err error) {
	if s.release == nil {
		if s.release, err = s.lease.Hold(); err != nil {
			return err
		}
	}
	if err := s.lease.Take(ctx); err != nil {
		return err
	}
	return awaitUserManager(ctx)
}

// settle leaves the lease to its unit, once that holds it.
func (s *Scope) settle(ctx context.Context) error {
	if s.release == nil {
		return nil
	}
	if err := s.AwaitLease(ctx); err != nil {
		return err
	}
	s.release()
	s.release = nil
	return nil
}

// giveBack undoes what keepManager did for a scope that did not start after all,
// unless the lease's unit has it by now.
func (s *Scope) giveBack(ctx context.Context) error {
	if s.release == nil {
		return nil
	}
	s.release()
	s.release = nil
	if (endpoint{runtimeDir: runtimeDir()}).invocationID(lingerUnit) != "" {
		return nil
	}
	return s.lease.Give(context.WithoutCancel(ctx))
}

// awaitUserManager waits until the system's manager has the user's up and running
// and nothing else in mind with it. The socket is there by then: user@.service is
// active when the manager says that it is ready.
func awaitUserManager(ctx context.Context) error {
	unit := fmt.Sprintf("user@%d.service", os.Geteuid())
	conn, err := bus.Dial(ctx, bus.Address{Path: "/run/dbus/system_bus_socket", MessageBus: true})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := subscribe(ctx, conn, "type='signal',member='PropertiesChanged',path='"+string(unitPath(unit))+"'"); err != nil {
		return err
	}
	for {
		state, err := readUnitState(ctx, conn, unit)
		switch {
		case err != nil:
			return err
		case state.job == 0 && state.active == "active":
			return nil
		case state.job == 0 && (state.active == "inactive" || state.active == "failed"):
			return fmt.Errorf("%s is %s", unit, state.active)
		}
		// It starts, stops, or executes itself anew: "reloading".
		if _, err := conn.Signal(ctx, func(m *dbus.Message) bool {
			return m.Headers[dbus.FieldPath].Value() == unitPath(unit)
		}); err != nil {
			return err
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
		return refused.Name == errDestructive || refused.Name == errNoReply
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
