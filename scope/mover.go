package scope

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"gorun/internal/account"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// mover moves processes into the cgroup of a scope that runs. The manager does the same for a
// scope that it starts (unit_attach_pids_to_cgroup in systemd's cgroup.c): it writes to the
// cgroup, and where the kernel refuses that, as it does for a process in a session, a user's
// manager asks the system's. It cannot be asked to do that for a scope that runs:
// AttachProcessesToUnit is for units with Delegate=yes, as user@UID.service is one.
type mover struct {
	scope *Scope
	conn  *bus.Conn // to the system's manager; nil until it is needed
}

// move moves one process, for which 0 means the caller.
func (m *mover) move(ctx context.Context, pid int) error {
	err := m.moveDirectly(pid)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if m.scope.Manager == SystemManager {
		return &CallError{Doing: "join", Unit: m.scope.Unit, Name: systemd1.AccessDenied, Message: "it is a scope of the system manager's, and this process is not root's"}
	}
	service := systemd1.UserManager(account.OwnUID())
	_, below, ok := strings.Cut(m.scope.Cgroup, "/"+service+"/")
	if !ok {
		return err
	}
	for over := time.After(StartTimeout); ; {
		err := m.attach(ctx, service, "/"+below, pid)
		if !isAway(err) {
			return err
		}
		m.close()
		select {
		case <-over:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(unmovedPause): // the manager re-executes
		}
	}
}

// attach asks the system's manager to move a process. It does no harm to do that twice.
func (m *mover) attach(ctx context.Context, service, path string, pid int) error {
	if err := m.connect(ctx); err != nil {
		return err
	}
	return systemd1.Attach(ctx, m.conn, service, path, uint32(pid))
}

// moveDirectly writes to the scope's cgroup. In a cgroup namespace the path means another
// group, or none.
func (m *mover) moveDirectly(pid int) error {
	if isInNamespace() {
		return fs.ErrPermission
	}
	group, err := m.scope.Group()
	if err != nil {
		return err
	}
	return group.Move(pid)
}

func (m *mover) connect(ctx context.Context) (err error) {
	if m.conn == nil {
		m.conn, _, err = SystemManager.dial(ctx)
	}
	return err
}

func (m *mover) close() {
	if m.conn != nil {
		m.conn.Close() // nothing was written that could fail late
		m.conn = nil
	}
}
