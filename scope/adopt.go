package scope

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"gorun/internal/bus"
)

// Adoption describes processes that run already, and the scope that they are moved into.
type Adoption struct {
	// Spec describes the scope. Its PIDs are the processes, at least one, none of which is
	// the caller.
	Spec Spec
	// Spare is a URI, as in "man:gorun(1)". Processes in scopes whose documentation lists it
	// are not adopted: somebody supervises them there. Empty means that no scope is spared.
	Spare string
	// Everywhere also takes descendants that are in other units than the processes of the
	// Spec: somebody has started them there, perhaps with limits. Otherwise they are left.
	// Sessions of logins do not count, and neither do the scopes that tmux makes for panes.
	Everywhere bool
}

// Adopted is a scope with what was moved into it.
type Adopted struct {
	*Scope
	// PIDs are the processes that were found in the scope in the end.
	PIDs []int
	// Left are the processes that descend from those that were asked for, and have stayed
	// where they were; and those that were asked for and have ended.
	Left []Left
}

// Left is a process that is not moved.
type Left struct {
	PID int
	// Unit is the unit that the process is in, empty if it is not known.
	Unit string
	// Why says why it is not moved.
	Why error
}

// Adopt moves processes, with all that descend from them, out of a session, a service or
// another scope into a new scope. What they start meanwhile is followed, until no process is
// left behind. Nothing is sent to the processes: their process groups, terminals and stopped
// jobs are as before.
//
// A process whose parent has ended before the call descends from nobody. If its parent ends
// during the call, it is still found, unless it makes itself a daemon at that very moment.
//
// The error is an [*AdoptError] if one of the processes cannot be adopted; nothing has been
// changed then. Otherwise it is one of [Start]'s, or comes from the system. That one of several
// processes ends meanwhile is no error; if all of them do, it wraps a [*NoProcessError]. If the
// scope has the first process in spite of an error, as after a [*LimitError], the rest is moved,
// too, and the scope is returned as well. Left then also has what could not be moved.
//
// Each step has a bound of its own: the manager may be silent for [StartTimeout] each time that it
// is asked, and all moves together may take some minutes.
func Adopt(ctx context.Context, a Adoption) (*Adopted, error) {
	if a.Spec.Manager == Embedded {
		return nil, fmt.Errorf("adopt processes: %w", errNoManager)
	}
	if isInNamespace() {
		return nil, &AdoptError{Reason: InNamespace}
	}
	if err := a.Spec.Validate(); err != nil {
		return nil, err
	}
	g, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	s, err := g.start(ctx, a.Spec)
	if s == nil {
		return nil, err
	}
	g.mover.scope = s
	defer g.mover.close()
	if failed := g.gather(ctx); failed != nil {
		g.locate()
		err = cmp.Or(failed, err)
	}
	return g.adopted(), err
}

// start starts the scope with the first of the processes that lives. The others are moved one by
// one later. A manager that is given several fails if one of them ends, and has moved some of the
// others by then.
func (g *gathering) start(ctx context.Context, spec Spec) (s *Scope, err error) {
	for _, r := range g.asked {
		spec.PIDs, spec.started = []int{r.PID}, r.Start
		_, outside := placedPID(spec.Unit, r.PID)
		s, err = Start(ctx, spec)
		var gone *NoProcessError
		switch {
		case err == nil:
			return s, nil
		case !errors.As(err, &gone) && outside != nil:
			return afterFailure(ctx, spec, err)
		case !errors.As(err, &gone):
			return nil, err
		}
		err = &AdoptError{PID: g.onlyPID(), Reason: Ended, cause: gone}
		if gone.asked {
			err = errors.Join(err, forget(ctx, spec))
		}
	}
	return nil, err
}

// onlyPID is the one process that was asked for; 0 if there are several.
func (g *gathering) onlyPID() int {
	if len(g.asked) == 1 {
		return g.asked[0].PID
	}
	return 0
}

// forget resets a scope that has failed because its process was gone, and that the manager keeps
// because [Spec] says so. Only the start that has just failed makes such a scope: the manager
// refuses to start one that it keeps already.
func forget(ctx context.Context, spec Spec) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	s, err := Open(ctx, spec.Manager, spec.Unit)
	var state State
	if err == nil {
		state, err = s.State(ctx)
	}
	if err == nil && state.Active == "failed" && state.Result == NoResources {
		err = s.ResetFailed(ctx)
	}
	if errors.Is(err, ErrEnded) {
		return nil // it is not kept
	}
	return err
}

// afterFailure finds the scope if its start has ended with an error after its process was moved. A
// manager that is late may still move it.
func afterFailure(ctx context.Context, spec Spec, err error) (*Scope, error) {
	group, outside := placedPID(spec.Unit, spec.PIDs[0])
	var place *NotPlacedError
	var late *TimeoutError
	switch {
	case errors.As(outside, &place) && errors.As(err, &late):
		return nil, fmt.Errorf("%w; process %d is in %s, and the manager may still move it", err, place.PID, unitOf(place.Cgroup))
	case outside != nil:
		return nil, err
	}
	ctx, cancel := bus.WithSilenceLimit(ctx, cleanupTimeout)
	defer cancel()
	s, unseen := Open(ctx, spec.Manager, spec.Unit)
	if unseen != nil { // the manager hangs; the kernel knows the scope
		s = &Scope{Unit: spec.Unit, Manager: spec.Manager.resolve(), Cgroup: group}
		if list, _ := spec.Manager.endpoints(os.Getenv); len(list) > 0 {
			s.at = list[0]
		}
	}
	s.lease = spec.lease()
	return s, err
}
