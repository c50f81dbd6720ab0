package scope

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
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
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := systemd1.Subscribe(ctx, conn, systemd1.UnitChangedRule(unit)); err != nil {
		return err
	}
	for {
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		switch {
		case err != nil:
			return err
		case state.Job == 0 && state.Active == "active":
			return nil
		case state.Job == 0 && (state.Active == "inactive" || state.Active == "failed"):
			return &managerEndedError{unit, state.Active}
		}
		// It starts, stops, or executes itself anew: "reloading".
		if err := awaitUnitChange(ctx, conn, unit); err != nil {
			return err
		}
	}
}

// awaitUnitChange waits until a property of the unit has changed.
func awaitUnitChange(ctx context.Context, conn *bus.Conn, unit string) error {
	path := systemd1.UnitPath(unit)
	_, err := systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
		changed, ok := e.(systemd1.UnitChanged)
		return ok && changed.Path == path
	})
	return err
}
