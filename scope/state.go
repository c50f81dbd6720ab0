package scope

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Result is what the manager says about how a scope ended. The manager does not learn the
// exit statuses of the processes.
type Result string

const (
	// Unknown means that the manager had forgotten the scope before it could be
	// asked.
	Unknown Result = ""
	// Success means that all processes have ended, or were stopped in time,
	// however they ended.
	Success Result = "success"
	// TimedOut means that the scope was stopped because its RuntimeMaxSec was over,
	// or that it did not stop within TimeoutStopSec.
	TimedOut Result = "timeout"
	// OOMKilled means that the OOM killer killed a process and the OOMPolicy is not
	// "continue".
	OOMKilled Result = "oom-kill"
	// NoResources means that the processes could not be moved into the scope.
	NoResources Result = "resources"
)

// State is what the manager says about a scope.
type State struct {
	// Active is ActiveState: active, deactivating, inactive, failed, ...
	Active string
	// Result says how the scope ended. It is set as soon as the manager begins to
	// stop the scope.
	Result Result
	// RuntimeMax is RuntimeMaxUSec, [property.Infinity] if there is no limit.
	RuntimeMax time.Duration
	// StopTimeout is TimeoutStopUSec: the time from the stop signal to SIGKILL.
	StopTimeout time.Duration
	// Since is when the scope became active, from ActiveEnterTimestamp.
	Since time.Time
	// Age is how long ago that was, from ActiveEnterTimestampMonotonic: by the clock that
	// time limits run on, which nobody sets and which stands still in suspend. Since may
	// differ after the clock was set. It is 0 if the scope was never active.
	Age time.Duration
	// Unsupervised says that nobody watches an [Embedded] scope: its time limit does not hold.
	Unsupervised bool
	// Lasted is how long the scope was active, from ActiveExitTimestampMonotonic. It is 0 if the
	// manager has not begun to stop it.
	Lasted time.Duration
	// Description is the unit's.
	Description string
	// Documentation lists the unit's URIs, which show who started the scope.
	Documentation []string
}

// Stopping reports whether the manager is stopping the scope or has done so.
func (s State) Stopping() bool { return s.Active != "active" && s.Active != "activating" }

// TimeLeft is how long the scope may still run, 0 if its time is over. It has no meaning
// without a limit. The manager may add a random extra, and does not say how much.
func (s State) TimeLeft() time.Duration { return max(0, s.RuntimeMax-s.Age) }

// monotonicNow is the time on CLOCK_MONOTONIC.
func monotonicNow() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err) // every Linux has the clock
	}
	return time.Duration(now.Nano())
}

// State asks the manager how the scope is. It opens a connection of its own; the context
// should have a deadline. The error is [ErrEnded] if the manager has forgotten this run
// of the scope.
//
// The questions are about the invocation ID. A question about a name that the manager has
// just forgotten would be answered with empty properties.
func (s *Scope) State(ctx context.Context) (State, error) {
	if s.held != nil {
		return s.embeddedState()
	}
	var state State
	var runtimeMax, stopTimeout, since, begun, left uint64
	var questions []systemd1.Question
	ask := func(kind systemd1.Kind, name string, value any) {
		questions = append(questions, systemd1.Question{Unit: s.key(), Kind: kind, Name: name, Value: value})
	}
	ask(systemd1.Unit, "ActiveState", &state.Active)
	ask(systemd1.Scope, "Result", (*string)(&state.Result))
	ask(systemd1.Scope, "RuntimeMaxUSec", &runtimeMax)
	ask(systemd1.Scope, "TimeoutStopUSec", &stopTimeout)
	ask(systemd1.Unit, "ActiveEnterTimestamp", &since)
	ask(systemd1.Unit, "ActiveEnterTimestampMonotonic", &begun)
	ask(systemd1.Unit, "ActiveExitTimestampMonotonic", &left)
	ask(systemd1.Unit, "Description", &state.Description)
	ask(systemd1.Unit, "Documentation", &state.Documentation)
	err := s.ask(ctx, "state of", func(conn *bus.Conn) error { return systemd1.GetEach(ctx, conn, questions) })
	if err != nil {
		return State{}, err
	}
	state.RuntimeMax, state.StopTimeout = property.Duration(runtimeMax), property.Duration(stopTimeout)
	if begun != 0 {
		state.Since, state.Age = time.UnixMicro(int64(since)), monotonicNow()-property.Duration(begun)
		state.Lasted = max(0, property.Duration(left)-property.Duration(begun))
	}
	return state, nil
}
