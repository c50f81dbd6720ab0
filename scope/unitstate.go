package scope

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// unitState is what the manager says of a unit of any type.
type unitState struct {
	load   string // loaded, not-found, ...
	active string // active, activating, deactivating, inactive, failed, ...
	job    uint32 // what is queued for it; 0 if nothing is
}

// readUnitState asks for the state of a unit. One that the manager does not know
// is not-found and inactive.
func readUnitState(ctx context.Context, conn *bus.Conn, unit string) (unitState, error) {
	var job struct {
		ID   uint32
		Path dbus.ObjectPath
	}
	var state unitState
	err := errors.Join(
		getProperty(ctx, conn, unit, "Unit", "LoadState", &state.load),
		getProperty(ctx, conn, unit, "Unit", "ActiveState", &state.active),
		getProperty(ctx, conn, unit, "Unit", "Job", &job),
	)
	state.job = job.ID
	return state, err
}

// getProperty reads one property of a unit into value, a pointer. kind is the
// interface: Unit, Scope, Service.
func getProperty(ctx context.Context, conn *bus.Conn, unit, kind, name string, value any) error {
	return getFrom(ctx, conn, unitPath(unit), "org.freedesktop.systemd1."+kind, name, value)
}

// getManagerProperty reads a property of the manager itself into value, a pointer.
func getManagerProperty(ctx context.Context, conn *bus.Conn, name string, value any) error {
	return getFrom(ctx, conn, managerPath, managerInterface, name, value)
}

// getFrom reads a property of one of the manager's objects.
func getFrom(ctx context.Context, conn *bus.Conn, path dbus.ObjectPath, iface, name string, value any) error {
	reply, err := conn.Call(ctx, bus.Call{
		Destination: managerName,
		Path:        path,
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "Get",
		Args:        []any{iface, name},
	})
	if err != nil {
		return err
	}
	var v dbus.Variant
	if err := dbus.Store(reply, &v); err != nil {
		return err
	}
	return v.Store(value)
}
