package scope

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/embedded"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Scope is a scope that was started.
type Scope struct {
	// Unit is its name, ending in ".scope".
	Unit string
	// Manager is the manager that started it, never [DefaultManager].
	Manager Manager
	// ManagerPID is the manager's process, 0 if it is not known. The manager sends
	// the signals that stop a scope, to every process in it.
	ManagerPID int
	// InvocationID identifies this run of the unit, in 32 hex digits. Empty if it is
	// not known.
	InvocationID string
	// Cgroup is the scope's path as in /proc/PID/cgroup.
	Cgroup string
	// Slice is the slice that [Spec].OwnSlice made, empty if none. [Open] does not set it.
	Slice string
	// Dropped lists the names of the properties that this manager does not support:
	// defaults, and with BestEffort any.
	Dropped []string
	// Overridden lists the properties for which a drop-in has another value.
	Overridden []Override
	// Unenforced lists the limits that are not in force, with BestEffort.
	Unenforced []*LimitError
	// Moot lists the limits that are in force and change nothing.
	Moot []Moot
	// Swap is how much swap the machine has, in bytes, if a limit on memory was asked for
	// that lets the scope use it. Otherwise it is 0.
	Swap uint64

	at    endpoint // the socket that answered
	lease lease
	held  *embedded.Run // nil unless Manager is Embedded
}

// RuntimeDir is the directory with the manager's sockets: $XDG_RUNTIME_DIR for a user's
// manager, /run for the system's.
func (s *Scope) RuntimeDir() string { return s.at.runtimeDir }

// Figures is the cgroup whose figures are those of the run: the scope's or, with
// [Spec].OwnSlice, the slice's. The error is that of [Scope.Group].
func (s *Scope) Figures() (cgroup.Group, error) {
	if s.Cgroup == "" {
		return cgroup.Group{}, cgroup.ErrGone
	}
	if s.held != nil {
		return s.held.Group(), nil
	}
	return cgroup.At(s.figures())
}

// Group is the scope's cgroup, which can be read and watched without the manager. It is
// removed with the scope. The error is [cgroup.ErrGone] if the scope had ended when it
// was opened.
func (s *Scope) Group() (cgroup.Group, error) {
	if s.Cgroup == "" {
		return cgroup.Group{}, cgroup.ErrGone
	}
	if s.held != nil {
		return s.held.Group(), nil
	}
	return cgroup.At(s.Cgroup)
}

// Stats reads what the scope has used, from the kernel. The error is [cgroup.ErrGone] if
// the scope has ended: its figures are removed with it.
func (s *Scope) Stats() (cgroup.Stats, error) {
	group, err := s.Figures()
	if err != nil {
		return cgroup.Stats{}, err
	}
	stats, err := group.ReadStats()
	if err == nil {
		s.AddLegacyStats(&stats)
	}
	return stats, err
}

// AddLegacyStats adds the figures that an [Embedded] scope has from controllers of cgroup v1.
func (s *Scope) AddLegacyStats(stats *cgroup.Stats) {
	if s.held != nil {
		s.held.AddLegacyStats(stats)
	}
}

// key identifies this run of the scope in object paths, by its invocation ID: a later
// unit of the same name has another.
func (s *Scope) key() string {
	if s.InvocationID == "" {
		return s.Unit
	}
	return s.InvocationID
}

// call calls a method of this run of the unit.
func (s *Scope) call(ctx context.Context, conn *bus.Conn, method string, args ...any) ([]any, error) {
	return conn.Call(ctx, systemd1.UnitCall(s.key(), method, args...))
}

// callError turns the answer to a call into this package's errors.
func (s *Scope) callError(doing string, err error) error {
	var e dbus.Error
	var own *CallError
	var bad *property.Error
	switch {
	case err == nil || errors.As(err, &own) || errors.As(err, &bad):
		return err
	case systemd1.IsForgotten(err):
		err = ErrEnded
	case errors.As(err, &e):
		return &CallError{Doing: doing, Unit: s.Unit, Name: e.Name, Message: e.Error()}
	}
	return whileAsking(doing+" "+s.Unit, err)
}
