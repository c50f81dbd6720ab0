package scope

import (
	"context"
	"fmt"

	"gorun/internal/systemd1"
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
		if err := systemd1.GetManager(ctx, conn, name, field); err != nil {
			return Info{}, fmt.Errorf("ask the %s manager: %w", m, err)
		}
	}
	return info, nil
}
