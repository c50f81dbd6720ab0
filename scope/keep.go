package scope

import (
	"context"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

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
