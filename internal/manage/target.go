package manage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorun/cgroup"
	"gorun/internal/report"
	"gorun/internal/text"
	"gorun/internal/unitname"
	"gorun/scope"
)

// Target is a run to which something is done.
type Target struct {
	Unit    string
	Manager scope.Manager
	scope   *scope.Scope // nil if the manager has forgotten it
	state   scope.State
	// killsAll reports whether the OOM killer kills the whole scope, as OOMPolicy=kill has it.
	killsAll bool
	past     *report.Past // what the newest run of the name had left, if the manager has forgotten it; nil for nothing
}

// ForeignError means that gorun has not started a scope, and leaves it alone.
type ForeignError struct {
	Unit    string
	Manager scope.Manager
}

func (e *ForeignError) Error() string { return e.Unit + ": was not started by gorun" }

// OwnRunError means that the caller is in the run that it names.
type OwnRunError struct {
	Unit string
	What string // would happen
}

func (e *OwnRunError) Error() string {
	return fmt.Sprintf("%s: this process is in that run, and would %s", e.Unit, e.What)
}

// EndedError means that a run has ended.
type EndedError struct{ Unit string }

func (e *EndedError) Error() string { return e.Unit + ": has ended" }

// Finder finds runs by their names.
type Finder struct {
	manager scope.Manager
	use     Use
	running map[string]scope.Listed // by unit; nil if the manager is asked about each
}

// NewFinder makes a Finder for some names. If there are many, it asks the manager once for all
// runs. An error is left to the question about one of them.
func NewFinder(ctx context.Context, m scope.Manager, use Use, names int) *Finder {
	f := &Finder{manager: m, use: use}
	if names <= 2 {
		return f
	}
	found, err := Running(ctx, m)
	if err != nil {
		return f
	}
	f.running = map[string]scope.Listed{}
	for _, l := range found {
		f.running[l.Unit] = l
	}
	return f
}

// Find finds a run by a name as [Resolve] takes it. The errors are those of Resolve, or a
// [*ForeignError].
func (f *Finder) Find(ctx context.Context, typed string) (*Target, error) {
	if whole, err := scope.MangleName(typed); err == nil {
		if l, ok := f.running[whole]; ok {
			return &Target{Unit: whole, Manager: f.manager, scope: l.Scope, state: l.State}, nil
		}
	}
	unit, s, err := resolve(ctx, f.manager, typed, f.use)
	if err == nil && s == nil {
		s, err = openHeld(ctx, f.manager, unit)
	}
	if err != nil {
		return nil, err
	}
	t := &Target{Unit: unit, Manager: f.manager}
	if s == nil {
		return t, t.pin(ctx, f.use)
	}
	t.state, err = stateOf(ctx, s)
	switch {
	case errors.Is(err, scope.ErrEnded):
		Settle(ctx, unit)
		return t, t.pin(ctx, f.use)
	case err != nil:
		return nil, err
	case !slices.Contains(t.state.Documentation, unitname.Documentation):
		return nil, &ForeignError{unit, s.Manager}
	}
	t.scope = s
	return t, nil
}

// stateOf asks the manager how a scope is.
func stateOf(ctx context.Context, s *scope.Scope) (scope.State, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	return s.State(ctx)
}

// pin finds what the run has left that the manager has forgotten, for who waits: the next run of
// that name must not be taken for it.
func (t *Target) pin(ctx context.Context, use Use) (err error) {
	if use == Waiting {
		t.past, err = report.Find(ctx, t.Manager, t.Unit)
	}
	return err
}

// hasEnded reports whether the run had ended when it was found. The manager may keep a unit that
// has failed.
func (t *Target) hasEnded() bool {
	return t.scope == nil || t.state.Active == "failed" || t.state.Active == "inactive"
}

// isOwn reports whether this process is in the run's scope.
func (t *Target) isOwn() bool { return t.scope != nil && hasThis(t.scope.Cgroup) }

// isFrozenWith reports whether this process is in what is frozen with the run: with --own-slice
// that is a slice, with the scopes of tmux's panes.
func (t *Target) isFrozenWith() bool {
	group, err := t.scope.Figures()
	return t.isOwn() || err == nil && hasThis(group.Path)
}

// hasThis reports whether this process is in a cgroup.
func hasThis(group string) bool {
	own, err := cgroup.PathOf(0)
	return err == nil && cgroup.Contains(group, own)
}

// Action is what was done to a run, as --json prints it.
type Action struct {
	Unit         string  `json:"unit"`
	Manager      string  `json:"manager"`
	InvocationID *string `json:"invocation_id"` // null if the run had ended
	Result       Done    `json:"result"`
	// TimeLeft is how long a run has that was frozen. Null if there is no limit.
	TimeLeft *float64 `json:"time_left_seconds"`
	Error    *string  `json:"error"` // null if nothing failed

	Err error `json:"-"`
	// Unasked reports whether a run may have been killed without being asked to stop before, as
	// with KillMode=mixed.
	Unasked bool `json:"-"`
}

// Done is what was done.
type Done string

const (
	Stopped Done = "stopped" // all processes ended when they were asked to
	Killed  Done = "killed"  // they had to be killed
	Ended   Done = "ended"   // it had ended before
	Unknown Done = "unknown" // it has ended, and nobody knows whether it was killed
	Frozen  Done = "frozen"  // all processes are suspended
	Thawed  Done = "thawed"  // they run again
	Changed Done = "changed" // its properties are as they were asked for
	Failed  Done = "failed"  // nothing, or not all
)

// acted says what was done to the run.
func (t *Target) acted(what Done, err error) *Action {
	a := &Action{Unit: t.Unit, Manager: t.Manager.String(), Result: what, Err: err}
	if t.scope != nil {
		a.InvocationID = text.OrNull(t.scope.InvocationID)
	}
	if err != nil {
		a.Result, a.Error = Failed, new(err.Error())
	}
	return a
}
