package systemd1

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// UnitState is what the manager says of a unit of any type.
type UnitState struct {
	// Load is LoadState: loaded, not-found, ...
	Load string
	// Active is ActiveState: active, activating, deactivating, inactive, failed, ...
	Active string
	// Job is the ID of the job that is queued for the unit, 0 if there is none.
	Job uint32
}

// HasEnded reports whether the unit is over, and nothing is about to start it.
func (s UnitState) HasEnded() bool {
	return s.Job == 0 && (s.Active == "inactive" || s.Active == "failed")
}

// ReadUnitState asks for the state of a unit. A unit that the manager does not know
// is not-found and inactive.
//
// The job comes first. A unit whose start job ends between the questions is then active.
// If the job came last, the unit would look inactive and without a job: ended.
func ReadUnitState(ctx context.Context, conn *bus.Conn, unit string) (UnitState, error) {
	var job struct {
		ID   uint32
		Path dbus.ObjectPath
	}
	var state UnitState
	err := errors.Join(
		Get(ctx, conn, unit, Unit, "Job", &job),
		Get(ctx, conn, unit, Unit, "LoadState", &state.Load),
		Get(ctx, conn, unit, Unit, "ActiveState", &state.Active),
	)
	state.Job = job.ID
	return state, err
}

// ListedUnit is a unit in the manager's lists, D-Bus type (ssssssouso).
type ListedUnit struct {
	Name, Description string
	Load, Active, Sub string
	Following         string
	Path              dbus.ObjectPath
	Job               uint32
	JobType           string
	JobPath           dbus.ObjectPath
}

// List calls a method of the manager that returns a list of units.
func List(ctx context.Context, conn *bus.Conn, method string, args ...any) ([]ListedUnit, error) {
	reply, err := conn.Call(ctx, Call(method, args...))
	if err != nil {
		return nil, err
	}
	var units []ListedUnit
	return units, dbus.Store(reply, &units)
}
