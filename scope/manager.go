package scope

import (
	"context"
	"fmt"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/embedded"
	"gorun/internal/systemd1"
)

// Manager says which service manager is meant.
type Manager int

const (
	// DefaultManager is the caller's own: for root the system's, else the user's. In a
	// user namespace it is that of the user outside.
	DefaultManager Manager = iota
	// UserManager is the manager of the calling user (user@UID.service).
	UserManager
	// SystemManager is PID 1.
	SystemManager
	// Embedded is no service manager: the process that calls [Start] holds the scope, with a
	// cgroup where it may make one. See the package's part about it.
	Embedded
)

// OfUser reports whether the manager is a user's, also as the default.
func (m Manager) OfUser() bool { return m.resolve() == UserManager }

// String is "user", "system" or "embedded".
func (m Manager) String() string {
	switch m.resolve() {
	case Embedded:
		return "embedded"
	case UserManager:
		return "user"
	}
	return "system"
}

// resolve replaces the default by what it stands for.
func (m Manager) resolve() Manager {
	switch {
	case m != DefaultManager:
		return m
	case account.OwnUID() == 0:
		return SystemManager
	default:
		return UserManager
	}
}

// Info is what a manager says about itself.
type Info struct {
	// Version is systemd's, with the distribution's suffix: 257.13-1~deb13u1.
	Version string
	// State is SystemState: running, degraded (a unit has failed), starting,
	// stopping, ...
	State string
	// Cgroup is the group of all of the manager's units, as in /proc/PID/cgroup.
	// Empty for the system's manager, whose group is the root.
	Cgroup string
	// Socket is the socket that answered.
	Socket string
}

// Info asks the manager about itself. The error is a [*NoManagerError] if there is none.
// The context should have a deadline.
func (m Manager) Info(ctx context.Context) (Info, error) {
	if m == Embedded {
		return Info{}, errNoManager
	}
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

// RuntimeDir is the directory with the files of the manager that can be reached now:
// /run/user/1000, or /run for the system's. For [Embedded] it is where its files would be. The error
// is a [*NoManagerError].
func (m Manager) RuntimeDir(ctx context.Context) (string, error) {
	if m == Embedded {
		return embedded.RuntimeDirs()[0], nil
	}
	conn, at, err := m.dial(ctx)
	if err != nil {
		return "", err
	}
	return at.runtimeDir, conn.Close()
}

// managerPID is the process of the manager at the other end, 0 if it is not known: over
// a message bus, only PID 1 is.
func managerPID(conn *bus.Conn, m Manager) int {
	if conn.Address().MessageBus {
		if m == SystemManager {
			return 1
		}
		return 0
	}
	peer, err := conn.Peer()
	if err != nil {
		return 0
	}
	return int(peer.Pid)
}
