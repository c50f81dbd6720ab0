package systemd1

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// ServiceState is what the manager says of a service.
type ServiceState struct {
	UnitState
	// Result is success, exit-code, signal, core-dump, oom-kill, timeout, ...
	Result string
	// ExecCode is how the main process ended, as si_code in sigaction(2), and ExecStatus
	// its exit status or signal. Both are 0 while it runs.
	ExecCode, ExecStatus int32
}

// The exit statuses and codes of a main process.
const (
	Exited        = 1   // CLD_EXITED
	StatusFromPAM = 224 // EXIT_PAM in exit-status.h of systemd: PAM refused to begin
)

// ReadServiceState asks for the state of a service.
func ReadServiceState(ctx context.Context, conn *bus.Conn, unit string) (ServiceState, error) {
	general, err := ReadUnitState(ctx, conn, unit)
	state := ServiceState{UnitState: general}
	return state, errors.Join(err,
		Get(ctx, conn, unit, Service, "Result", &state.Result),
		Get(ctx, conn, unit, Service, "ExecMainCode", &state.ExecCode),
		Get(ctx, conn, unit, Service, "ExecMainStatus", &state.ExecStatus),
	)
}

// IsRunning reports whether the service is up, if only to re-execute.
func (s UnitState) IsRunning() bool {
	return s.Active == "active" || s.Active == "reloading" || s.Active == "refreshing"
}

// UserManager is the service that is a user's manager.
func UserManager(uid int) string { return fmt.Sprintf("user@%d.service", uid) }

// UserRuntimeDir is the service that makes a user's runtime directory. [UserManager] needs
// it.
func UserRuntimeDir(uid int) string { return fmt.Sprintf("user-runtime-dir@%d.service", uid) }

// DynamicUser asks the system's manager for the name of a user who exists as long as a
// service (DynamicUser= in systemd.exec(5)). The error says that there is no such user.
func DynamicUser(ctx context.Context, conn *bus.Conn, uid int) (name string, err error) {
	reply, err := conn.Call(ctx, Call("LookupDynamicUserByUID", uint32(uid)))
	if err != nil {
		return "", err
	}
	return name, dbus.Store(reply, &name)
}

// AttachNoProcess asks the system's manager to move no process into a unit. The error says
// why the caller may not have processes moved.
func AttachNoProcess(ctx context.Context, conn *bus.Conn, unit string) error {
	_, err := conn.Call(ctx, Call("AttachProcessesToUnit", unit, "", []uint32{}))
	return err
}

// Attach asks the system's manager to move processes into a group below that of a unit with
// Delegate=yes. 0 is the caller's process. Users other than root may have only their own
// processes moved, into groups of their own.
func Attach(ctx context.Context, conn *bus.Conn, unit, path string, pids ...uint32) error {
	_, err := conn.Call(ctx, Call("AttachProcessesToUnit", unit, path, pids))
	return err
}
