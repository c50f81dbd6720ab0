package scope

import (
	"context"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// managerEndedError means that a user's manager does not run and is not about to.
type managerEndedError struct{ unit, state string }

func (e *managerEndedError) Error() string { return e.unit + " is " + e.state }

// awaitUserManager waits until the calling user's manager runs.
func awaitUserManager(ctx context.Context) error { return awaitManagerOf(ctx, account.OwnUID()) }

// awaitManagerOf waits until a user's manager runs and the system's manager has no job for it.
// Its socket exists then: user@.service is active when the manager says that it is ready. If it
// does not run and is not about to, the error is a [*managerEndedError].
func awaitManagerOf(ctx context.Context, uid int) error {
	unit := systemd1.UserManager(uid)
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
		// It starts, stops, or re-executes ("reloading").
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
