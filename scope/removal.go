package scope

import (
	"context"
	"fmt"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// awaitRemoval waits until the manager has forgotten a unit that exists and whose
// processes have all ended. If the unit stays, the error is exists.
//
// The kernel reports the end of the last process to the manager with a delay. A run with a
// fixed name may still be known when the next one starts right after it.
//
// A unit that is about to start is waited for as well. The manager starts it when it has
// nothing else to do: many callers that asked over and over would keep it from that.
func awaitRemoval(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	if err := systemd1.Subscribe(ctx, conn, systemd1.UnitRemovedRule(exists.Unit), systemd1.JobRemovedRule(exists.Unit)); err != nil {
		return err
	}
	for {
		stage, err := stageOf(ctx, conn, exists.Unit)
		if err != nil {
			return err
		}
		if stage == staying {
			return exists
		}
		// The call that found the unit was answered before these signals are sent.
		removed, err := awaitChange(ctx, conn, exists.Unit)
		switch {
		case err != nil && stage == starting && ctx.Err() != nil:
			return exists // it may be waiting for other units
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

// stage is a stage in the life of a unit.
type stage int

const (
	starting stage = iota // or about to
	staying               // running, or failed and kept for somebody to look at
	over                  // without a process
)

// stageOf finds out in which stage a unit is. The manager must know the unit.
func stageOf(ctx context.Context, conn *bus.Conn, unit string) (stage, error) {
	for {
		var group string
		// Before the state, because it comes and goes with that.
		if err := systemd1.Get(ctx, conn, unit, systemd1.Scope, "ControlGroup", &group); err != nil {
			return 0, err
		}
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err != nil {
			return 0, err
		}
		switch {
		case state.Active == "failed":
			return staying, nil
		case group != "":
			empty, err := isEmpty(group)
			if empty {
				return over, err
			}
			return staying, err
		case state.Job != 0:
			return starting, nil
		case state.Active == "inactive":
			return over, nil
		}
		// It runs and has no cgroup: it has begun or ended between two of the
		// questions, and the next answers agree.
	}
}
