package scope

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
	"gorun/internal/systemd1"
)

// Adoption describes processes that run already, and the scope that they are moved into.
type Adoption struct {
	// Spec describes the scope. Its PIDs are the processes, at least one, none of which is
	// the caller.
	Spec Spec
	// Spare is a URI, as in "man:gorun(1)". Processes in scopes whose documentation lists it
	// are not adopted: somebody supervises them there. Empty means that no scope is spared.
	Spare string
}

// Adopted is a scope with what was moved into it.
type Adopted struct {
	*Scope
	// PIDs are the processes that were found in the scope in the end.
	PIDs []int
	// Left are the processes that descend from those that were asked for, and have stayed
	// where they were.
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
// changed then. Otherwise it is one of [Start]'s, or comes from the system. After a
// [*LimitError] all processes are in the scope, which is returned as well. It is also
// returned if the rest could not be moved after the processes themselves.
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
	spec := a.Spec
	spec.PIDs = g.pids
	s, err := Start(ctx, spec)
	var limit *LimitError
	if errors.As(err, &limit) {
		s, err = afterLimit(ctx, spec, err)
	}
	if s == nil {
		return nil, err
	}
	g.mover.scope = s
	defer g.mover.close()
	err = cmp.Or(g.gather(ctx), err)
	return g.adopted(), err
}

// afterLimit finds a scope whose start has ended with an error after its processes were moved.
func afterLimit(ctx context.Context, spec Spec, err error) (*Scope, error) {
	s, openErr := Open(ctx, spec.Manager, spec.Unit)
	if openErr != nil {
		return nil, err
	}
	s.lease = spec.lease()
	return s, err
}

// gathering is an adoption on its way.
type gathering struct {
	pids  []int // the processes that were asked for, each once
	kin   *process.Kin
	bonds *bonds
	mover mover
	left  map[process.Relative]Left
	in    []int // those that the last look has found in the scope
}

// begin makes sure that the processes can be adopted, before anything is changed.
func (a Adoption) begin(ctx context.Context) (*gathering, error) {
	g := &gathering{bonds: newBonds(a.Spare), left: map[process.Relative]Left{}}
	for _, pid := range a.Spec.PIDs {
		if slices.Contains(g.pids, pid) {
			continue
		}
		if err := g.bonds.check(ctx, pid); err != nil {
			return nil, err
		}
		g.pids = append(g.pids, pid)
	}
	if len(g.pids) == 0 {
		return nil, &AdoptError{Reason: NoProcess, cause: unix.ESRCH}
	}
	var err error
	if g.kin, err = process.Follow(os.Getpid(), g.pids...); err == nil {
		_, err = g.kin.Find() // who descends from them now stays known, whatever ends
	}
	return g, err
}

// cleanLooks is how many looks in a row must find no process outside of the scope. One look may
// miss a process that is started and whose parent ends while the look goes by.
const cleanLooks = 2

// gather moves all that descends from the processes into the scope. A process in the scope
// starts others there, so each look finds fewer outside.
func (g *gathering) gather(ctx context.Context) error {
	for clean := 0; clean < cleanLooks; clean++ {
		moved, err := g.look(ctx)
		if err != nil {
			return err
		}
		if moved {
			clean = -1
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("adopt into %s: new processes start faster than they are moved: %w", g.mover.scope.Unit, context.Cause(ctx))
		}
	}
	return nil
}

// look moves those that are outside now, and reports whether it has tried to move any.
func (g *gathering) look(ctx context.Context) (moved bool, err error) {
	found, err := g.kin.Find()
	if err != nil {
		return false, err
	}
	before := g.left
	g.in, g.left = nil, map[process.Relative]Left{}
	for _, r := range found {
		group, err := cgroup.PathOf(r.PID)
		if err != nil {
			continue // it has ended
		}
		if cgroup.Contains(g.mover.scope.Cgroup, group) {
			g.in = append(g.in, r.PID)
			continue
		}
		if l, ok := before[r]; ok {
			g.left[r] = l
			continue
		}
		tried, err := g.take(ctx, r, group)
		if err != nil {
			return false, err
		}
		moved = moved || tried
	}
	return moved, nil
}

// take moves one process out of a cgroup, or notes why not.
func (g *gathering) take(ctx context.Context, r process.Relative, group string) (tried bool, err error) {
	if err := g.bonds.checkPlace(ctx, r.PID, group); err != nil {
		return false, g.leave(r, group, err)
	}
	if err := g.move(ctx, r); err != nil {
		return true, g.leave(r, group, err)
	}
	return true, nil
}

// move moves one process. That it has ended is no error. The pidfd shows afterwards whether the
// PID was the process's all the time.
func (g *gathering) move(ctx context.Context, r process.Relative) error {
	unit := g.mover.scope.Unit
	m, err := openMembers(unit, []int{r.PID})
	if err != nil {
		return nil // it has ended
	}
	defer m.close()
	if start, err := process.StartTicks(r.PID); err != nil || start != r.Start {
		return nil // another process has the PID
	}
	m.byPID = true // so a process is moved into a scope that runs
	err = g.mover.move(ctx, r.PID)
	if m.ended(unit) != nil {
		return checkReused(g.mover.scope, r)
	}
	return err
}

// checkReused makes sure that no other process was moved in the place of one that has ended.
func checkReused(s *Scope, r process.Relative) error {
	start, err := process.StartTicks(r.PID)
	if err != nil || start == r.Start {
		return nil // nobody has the PID, or it is a zombie's
	}
	if group, err := cgroup.PathOf(r.PID); err != nil || !cgroup.Contains(s.Cgroup, group) {
		return nil
	}
	return fmt.Errorf("adopt into %s: another process has the PID %d now, and was moved", s.Unit, r.PID)
}

// leave notes that a process stays where it is. It returns the error if that is no reason to
// leave one process and to go on with the others.
func (g *gathering) leave(r process.Relative, group string, err error) error {
	var bond *AdoptError
	var refused *CallError
	mayNot := errors.Is(err, fs.ErrPermission) || errors.As(err, &refused) && refused.Refused() || systemd1.IsRefused(err)
	if !errors.As(err, &bond) && !mayNot {
		return err
	}
	if bond == nil {
		err = &AdoptError{PID: r.PID, Reason: NotAllowed, Unit: unitOf(group), User: otherUser(r.PID), cause: err}
	}
	g.left[r] = Left{PID: r.PID, Unit: unitOf(group), Why: err}
	return nil
}

// adopted is the result.
func (g *gathering) adopted() *Adopted {
	a := &Adopted{Scope: g.mover.scope, PIDs: g.in}
	for _, l := range g.left {
		a.Left = append(a.Left, l)
	}
	slices.SortFunc(a.Left, func(x, y Left) int { return cmp.Compare(x.PID, y.PID) })
	return a
}
