package scope

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// keepManager has logind start the user's manager, or keep the one that there is:
// the user lingers, and nobody gives that back before s.settle or s.giveBack.
func (s *Scope) keepManager(ctx context.Context) (err error) {
	if s.keeper == nil {
		s.keeper, err = s.lease.Keep(ctx)
	} else {
		err = s.lease.Take(ctx)
	}
	if err != nil {
		return err
	}
	var ended *managerEndedError
	if err := awaitUserManager(ctx); !errors.As(err, &ended) {
		return err
	}
	if err := s.lease.Revive(ctx); err != nil {
		return err
	}
	return awaitUserManager(ctx)
}

// settle leaves the lease to its unit, once that holds it.
func (s *Scope) settle(ctx context.Context) error {
	if s.keeper == nil {
		return nil
	}
	if err := s.AwaitLease(ctx); err != nil {
		return err
	}
	s.keeper.Leave()
	s.keeper = nil
	return nil
}

// giveBack undoes what keepManager did for a scope that did not start after all,
// unless the lease's unit has it by now.
func (s *Scope) giveBack() {
	if s.keeper != nil {
		s.keeper.GiveBack()
		s.keeper = nil
	}
}

// managerEndedError tells that a user's manager does not run and is not about to.
type managerEndedError struct{ unit, state string }

func (e *managerEndedError) Error() string { return e.unit + " is " + e.state }

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
			return &managerEndedError{unit, state.active}
		}
		// It starts, stops, or executes itself anew: "reloading".
		if _, err := conn.Signal(ctx, func(m *dbus.Message) bool {
			return m.Headers[dbus.FieldPath].Value() == unitPath(unit)
		}); err != nil {
			return err
		}
	}
}
