package scope

import (
	"context"
	"slices"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// AfterPrefix begins the names of the services of [After].
const AfterPrefix = "gorun-hooks"

// HeldError means that the scope of an earlier run of that name has ended, and the service of its
// [After] still works. The manager keeps the scope until then, so that its name cannot be used.
//
// That is so on purpose. systemd, too, starts a unit again only after its ExecStopPost=. Were the
// name free, the manager would show the new run to a hook that asks for the old one.
type HeldError struct {
	Exists *UnitExistsError
	By     string // the service
}

func (e *HeldError) Error() string {
	return e.Exists.Error() + ": its scope has ended, and " + e.By + " still works"
}

func (e *HeldError) Unwrap() error { return e.Exists }

// Wait waits until the service has ended: then Start can be tried again. The service's own time
// limit bounds the wait.
func (e *HeldError) Wait(ctx context.Context) error {
	conn, _, err := e.Exists.Manager.reach(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Release() // the hooks may ask the manager
	err = awaitHolder(ctx, conn, e.Exists.Unit, e.By)
	if isBroken(err) {
		return nil // the manager re-executes or has ended, and Start finds out which
	}
	return err
}

// awaitHolder waits until a unit is not held by a service any more. The manager forgets the unit
// together with the service, before it answers the next call.
func awaitHolder(ctx context.Context, conn *bus.Conn, unit, holder string) error {
	if err := systemd1.Subscribe(ctx, conn, systemd1.UnitRemovedRule(holder)); err != nil {
		return err
	}
	held, err := holderOf(ctx, conn, unit)
	if err != nil || held != holder {
		return err
	}
	_, err = systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
		removed, ok := e.(systemd1.UnitRemoved)
		return ok && removed.Unit == holder
	})
	return err
}

// holderOf finds the service of [After] that works after the end of a unit. Empty if there is none.
func holderOf(ctx context.Context, conn *bus.Conn, unit string) (string, error) {
	var bound []string
	if err := systemd1.Get(ctx, conn, unit, systemd1.Unit, "BoundBy", &bound); err != nil {
		return "", err
	}
	i := slices.IndexFunc(bound, func(name string) bool { return strings.HasPrefix(name, AfterPrefix+"-") })
	if i < 0 {
		return "", nil
	}
	state, err := systemd1.ReadUnitState(ctx, conn, bound[i])
	if err != nil || state.HasEnded() {
		return "", err
	}
	return bound[i], nil
}
