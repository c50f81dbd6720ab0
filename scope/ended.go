package scope

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus"
)

// awaitRemoval waits until the manager has forgotten a unit that exists and whose
// processes have all ended. The kernel tells the manager some time after the last
// one is gone, so that a run with a fixed name is still known when the next one
// starts right after it. If the unit is not ended, the error is exists.
func awaitRemoval(ctx context.Context, conn *bus.Conn, exists *UnitExistsError) error {
	unit := exists.Unit
	if err := subscribe(ctx, conn, signalRule("UnitRemoved")); err != nil {
		return err
	}
	over, err := isOver(ctx, conn, unit)
	if err != nil {
		return err
	}
	if !over {
		return exists
	}
	// The call that found the unit was answered before this signal is sent.
	_, err = conn.Signal(ctx, func(m *dbus.Message) bool {
		// UnitRemoved(s id, o unit)
		return m.Headers[dbus.FieldMember].Value() == "UnitRemoved" && len(m.Body) == 2 && m.Body[0] == unit
	})
	if err != nil {
		return fmt.Errorf("wait for the end of %s: %w", unit, err)
	}
	return nil
}

// subscribe makes a message bus carry the manager's signals that match a rule. A
// direct peer sends them all unasked.
func subscribe(ctx context.Context, conn *bus.Conn, rule string) error {
	if !conn.Address().MessageBus {
		return nil
	}
	if err := conn.Match(rule); err != nil {
		return err
	}
	_, err := conn.Call(ctx, managerCall("Subscribe"))
	return err
}

// isOver tells whether a unit that the manager knows has run and has no process
// any more.
func isOver(ctx context.Context, conn *bus.Conn, unit string) (bool, error) {
	for {
		var group string
		// Before the state: it comes and goes with that.
		if err := getProperty(ctx, conn, unit, "Scope", "ControlGroup", &group); err != nil {
			return false, err
		}
		state, err := readUnitState(ctx, conn, unit)
		if err != nil {
			return false, err
		}
		switch {
		case state.active == "failed":
			return false, nil // kept for somebody to look at
		case group != "":
			return isEmpty(group)
		case state.job != 0:
			return false, nil // about to start
		case state.active == "inactive":
			return true, nil
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
