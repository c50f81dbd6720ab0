package scope

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gorun/internal/logind"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Scope is a scope that was started.
type Scope struct {
	// Unit is its name, ending in ".scope".
	Unit string
	// Manager has started it; never the default.
	Manager Manager
	// ManagerPID is the manager's process, 0 if that is not known. It sends the
	// signals that stop a scope, to every process there.
	ManagerPID int
	// InvocationID names this run of the unit, in 32 hex digits. Empty if the
	// manager does not tell.
	InvocationID string
	// Cgroup is the scope's path as in /proc/PID/cgroup.
	Cgroup string
	// Dropped names the properties that this manager does not have: defaults, and
	// with BestEffort any.
	Dropped []string
	// Overridden lists the limits for which a drop-in has another value.
	Overridden []Override
	// Unenforced lists the limits that are not in force, with BestEffort.
	Unenforced []*LimitError

	at      endpoint
	lease   *logind.Lease  // that the scope wants; nil if it needs none
	noLease error          // why it has none though it needs one
	keeper  *logind.Keeper // of the lease, until its unit holds it; nil if there is none
}

// RuntimeDir is the folder of the manager's sockets: $XDG_RUNTIME_DIR for the
// user's, /run for the system's.
func (s *Scope) RuntimeDir() string { return s.at.runtimeDir }

// State is what the manager says of a scope.
type State struct {
	// Active is ActiveState: active, deactivating, inactive, failed, ...
	Active string
	// Result says how the scope fared. It is set as soon as the manager begins to
	// stop the scope.
	Result Result
	// RuntimeMax is RuntimeMaxUSec, [property.Infinity] if there is no limit.
	RuntimeMax time.Duration
	// StopTimeout is TimeoutStopUSec: the time from the stop signal to SIGKILL.
	StopTimeout time.Duration
	// Since is when the scope became active, from ActiveEnterTimestamp.
	Since time.Time
	// Description is the unit's.
	Description string
	// Documentation lists the unit's URIs, by which it is known whose it is.
	Documentation []string
}

// Stopping tells whether the manager is stopping the scope or has done so.
func (s State) Stopping() bool { return s.Active != "active" && s.Active != "activating" }

// State asks the manager how the scope is. It opens a connection of its own;
// the context should have a deadline. The error is [ErrEnded] if there is no such scope
// any more: it is asked for by its invocation ID, since a name that the manager has
// forgotten between two of the questions has properties, too, which are empty.
func (s *Scope) State(ctx context.Context) (State, error) {
	conn, err := s.at.dial(ctx)
	if err != nil {
		return State{}, fmt.Errorf("state of %s: %w", s.Unit, err)
	}
	defer conn.Close()
	var state State
	var runtimeMax, stopTimeout, since uint64
	for _, p := range []struct {
		kind  systemd1.Kind
		name  string
		value any
	}{
		{systemd1.Unit, "ActiveState", &state.Active},
		{systemd1.Scope, "Result", (*string)(&state.Result)},
		{systemd1.Scope, "RuntimeMaxUSec", &runtimeMax},
		{systemd1.Scope, "TimeoutStopUSec", &stopTimeout},
		{systemd1.Unit, "ActiveEnterTimestamp", &since},
		{systemd1.Unit, "Description", &state.Description},
		{systemd1.Unit, "Documentation", &state.Documentation},
	} {
		if err := systemd1.Get(ctx, conn, s.key(), p.kind, p.name, p.value); err != nil {
			return State{}, s.callError("state of", err)
		}
	}
	state.RuntimeMax, state.StopTimeout = property.Duration(runtimeMax), property.Duration(stopTimeout)
	state.Since = time.UnixMicro(int64(since))
	return state, nil
}

// invocationID reads what the manager notes of every running unit, before it
// moves processes in.
func (e endpoint) invocationID(unit string) string {
	id, err := os.Readlink(filepath.Join(e.runtimeDir, "systemd/units/invocation:"+unit))
	if err != nil {
		return "" // not told, as documented
	}
	return id
}
