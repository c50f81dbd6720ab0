package scope

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// Info is what a manager says of itself.
type Info struct {
	// Version is systemd's with the distribution's suffix: 257.13-1~deb13u1.
	Version string
	// State is SystemState: running, degraded (a unit has failed), starting,
	// stopping, ...
	State string
	// Cgroup is the group that holds all of the manager's units, as a path in
	// /proc/PID/cgroup; empty for the system's manager, which has all of them.
	Cgroup string
	// Socket is where it was reached.
	Socket string
}

// Info asks the manager about itself. The error is a [*NoManagerError] if there is
// none; the context should have a deadline.
func (m Manager) Info(ctx context.Context) (Info, error) {
	conn, at, err := m.dial(ctx)
	if err != nil {
		return Info{}, err
	}
	defer conn.Close()
	info := Info{Socket: at.address.String()}
	for name, field := range map[string]*string{
		"Version": &info.Version, "SystemState": &info.State, "ControlGroup": &info.Cgroup,
	} {
		if err := getManagerProperty(ctx, conn, name, field); err != nil {
			return Info{}, fmt.Errorf("ask the %s manager: %w", m, err)
		}
	}
	return info, nil
}

// getManagerProperty reads a property of the manager itself into value, a pointer.
func getManagerProperty(ctx context.Context, conn *bus.Conn, name string, value any) error {
	reply, err := conn.Call(ctx, bus.Call{
		Destination: managerName,
		Path:        managerPath,
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "Get",
		Args:        []any{managerInterface, name},
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
