package scope

import (
	"context"
	"errors"
	"fmt"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// awaitRemoval waits until the manager has forgotten a unit that exists and whose
// processes have all ended. The kernel tells the manager some time after the last
// one is gone, so that a run with a fixed name is still known when the next one
// starts right after it. What becomes of a unit that is about to start is waited for as
// well: many that asked over and over would keep the manager from starting it, which
// it does when it has nothing else to do. If the unit is there, the error is exists.
func awaitRemoval(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	if err := systemd1.Subscribe(ctx, conn, systemd1.Rule("UnitRemoved"), systemd1.Rule("JobRemoved")); err != nil {
		return err
	}
	for {
		stage, err := stageOf(ctx, conn, exists.Unit)
		if err != nil {
			return err
		}
		if stage == there {
			return exists
		}
		// The call that found the unit was answered before these signals are sent.
		removed, err := awaitChange(ctx, conn, exists.Unit)
		switch {
		case err != nil && stage == starting && ctx.Err() != nil:
			return exists // it waits for other units, perhaps
		case err != nil:
			return fmt.Errorf("wait for the end of %s: %w", exists.Unit, err)
		case removed:
			return nil
		}
	}
}

// awaitChange waits until a unit is removed or a job for it has ended.
func awaitChange(ctx context.Context, conn *bus.Conn, unit string) (removed bool, err error) {
	_, err = systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
		switch e := e.(type) {
		case systemd1.UnitRemoved:
			removed = e.Unit == unit
			return removed
		case systemd1.JobRemoved:
			return e.Unit == unit
		}
		return false
	})
	return removed, err
}

// stage is how far a unit is.
type stage int

const (
	starting stage = iota // or about to
	there                 // running, or failed and kept for somebody to look at
	over                  // without a process any more
)

// stageOf tells how far a unit is that the manager knows.
func stageOf(ctx context.Context, conn *bus.Conn, unit string) (stage, error) {
	for {
		var group string
		// Before the state: it comes and goes with that.
		if err := systemd1.Get(ctx, conn, unit, systemd1.Scope, "ControlGroup", &group); err != nil {
			return 0, err
		}
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err != nil {
			return 0, err
		}
		switch {
		case state.Active == "failed":
			return there, nil
		case group != "":
			empty, err := isEmpty(group)
			if empty {
				return over, err
			}
			return there, err
		case state.Job != 0:
			return starting, nil
		case state.Active == "inactive":
			return over, nil
		}
		// Running, and without a cgroup: it has begun or ended between two of
		// the questions, and the next answers agree.
	}
}

// isEmpty tells whether no process is left in a cgroup.
func isEmpty(path string) (bool, error) {
	group, err := cgroup.At(path)
	if err != nil {
		return false, err
	}
	events, err := group.Events()
	if errors.Is(err, cgroup.ErrGone) {
		return true, nil
	}
	return err == nil && events != nil && !events.Populated, err
}
