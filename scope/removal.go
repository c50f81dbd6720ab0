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
// fixed name may still be known when the next one starts right after it. If the manager
// does not notice the end at all, the scope is ended here.
//
// A unit that is about to start is waited for as well. The manager starts it when it has
// nothing else to do: many callers that asked over and over would keep it from that.
func awaitRemoval(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	if err := systemd1.Subscribe(ctx, conn, systemd1.UnitRemovedRule(exists.Unit), systemd1.JobRemovedRule(exists.Unit)); err != nil {
		return err
	}
	for {
		u, err := lookAt(ctx, conn, exists.Unit)
		switch {
		case err != nil:
			return err
		case u.holder != "":
			return &HeldError{exists, u.holder}
		case u.stage == staying:
			return exists
		case u.stage == emptied:
			if err := endEmpty(ctx, conn, exists.Unit, u.group); err != nil {
				return unlessRefused(err, exists)
			}
			continue
		}
		// The call that found the unit was answered before these signals are sent.
		removed, err := awaitChange(ctx, conn, exists.Unit)
		switch {
		case err != nil && u.stage == starting && ctx.Err() != nil:
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

// seen is what has been found out about a unit.
type seen struct {
	stage  stage
	group  string // its cgroup; empty if it has none
	holder string // the service that works after its end; empty if there is none
}

// stage is a stage in the life of a unit.
type stage int

const (
	starting stage = iota // or about to
	staying               // running, or failed and kept for somebody to look at
	emptied               // running without a process: the manager does not know yet, or never will
	over                  // ended
)

// lookAt finds out in which stage a unit is. The manager must know the unit.
func lookAt(ctx context.Context, conn *bus.Conn, unit string) (u seen, err error) {
	for {
		// Before the state, because it comes and goes with that.
		if err := systemd1.Get(ctx, conn, unit, systemd1.Scope, "ControlGroup", &u.group); err != nil {
			return u, err
		}
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err != nil {
			return u, err
		}
		switch {
		case state.Active == "failed":
			u.stage = staying
		case u.group != "":
			u.stage, err = stageOf(state, u.group)
		case state.Job != 0:
			u.stage = starting
		case state.Active == "inactive":
			u.stage = over
		default:
			// It runs and has no cgroup: it has begun or ended between two of the
			// questions, and the next answers agree.
			continue
		}
		if err == nil && (u.stage == over || state.Active == "failed") {
			u.holder, err = holderOf(ctx, conn, unit)
		}
		return u, err
	}
}

// stageOf is the stage of a unit with a cgroup.
func stageOf(state systemd1.UnitState, group string) (stage, error) {
	empty, err := isEmpty(group)
	switch {
	case !empty:
		return staying, err
	case state.Active == "active" && state.Job == 0:
		return emptied, nil
	}
	return over, nil
}

// unlessRefused is err, or refused if the caller may not stop units.
func unlessRefused(err, refused error) error {
	if systemd1.IsRefused(err) {
		return refused
	}
	return err
}
