package scope

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/process"
	"gorun/internal/systemd1"
)

// gathering is an adoption on its way.
type gathering struct {
	asked []process.Relative // the processes that were asked for, each once
	kin   *process.Kin
	bonds *bonds
	mover mover
	left  map[process.Relative]Left
	in    []int // those that the last look has found in the scope

	refused error // why a process that was asked for could not be moved
}

// begin makes sure that the processes can be adopted, before anything is changed. From then on
// a process is known by its start, too: its PID alone may soon be another process's.
func (a Adoption) begin(ctx context.Context) (*gathering, error) {
	ctx, cancel := bus.WithSilenceLimit(ctx, StartTimeout)
	defer cancel()
	g := &gathering{bonds: newBonds(a.Spare, a.Everywhere), left: map[process.Relative]Left{}}
	for _, pid := range a.Spec.PIDs {
		if g.isAsked(pid) {
			continue
		}
		r, gone := process.Identify(pid)
		if err := g.bonds.check(ctx, pid); err != nil {
			return nil, err
		}
		if gone != nil {
			return nil, &AdoptError{PID: pid, Reason: NoProcess, cause: gone}
		}
		g.asked = append(g.asked, r)
	}
	if len(g.asked) == 0 {
		return nil, &AdoptError{Reason: NoProcess, cause: unix.ESRCH}
	}
	var err error
	if g.kin, err = process.Follow(os.Getpid(), g.asked...); err == nil {
		_, err = g.kin.Find() // who descends from them now stays known, whatever ends
	}
	return g, err
}

// isAsked reports whether a process was asked for.
func (g *gathering) isAsked(pid int) bool {
	return slices.ContainsFunc(g.asked, func(r process.Relative) bool { return r.PID == pid })
}

// cleanLooks is how many looks in a row must find no process outside of the scope. One look may
// miss a process that is started and whose parent ends while the look goes by.
const cleanLooks = 2

// gatherTimeout is how long all moves may take. Where each waits for the kernel's grace period, ten
// thousand take one minute to five.
const gatherTimeout = 10 * time.Minute

// errStorm means that the moves have taken too long.
var errStorm = errors.New("new processes start faster than they are moved")

// gather moves all that descends from the processes into the scope. A process in the scope
// starts others there, so each look finds fewer outside.
func (g *gathering) gather(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, gatherTimeout, errStorm)
	defer cancel()
	for clean := 0; clean < cleanLooks; clean++ {
		moved, err := g.look(ctx)
		if ctx.Err() != nil {
			err = fmt.Errorf("adopt into %s: %w", g.mover.scope.Unit, context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		if moved {
			clean = -1
		}
	}
	return g.refused
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
	ctx, cancel := bus.WithSilenceLimit(ctx, StartTimeout)
	defer cancel()
	err = g.bonds.checkPlace(ctx, r.PID, group)
	if err == nil && !g.isAsked(r.PID) {
		err = g.bonds.checkHome(r.PID, group)
	}
	if err != nil {
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
	s := g.mover.scope
	m, err := openMembers(Spec{Unit: s.Unit, PIDs: []int{r.PID}, started: r.Start})
	if err != nil {
		return nil // it has ended
	}
	defer m.close()
	err = g.mover.move(ctx, r.PID)
	if m.ended(s.Unit) != nil {
		return putBack(s.Unit, s.Cgroup, r.PID)
	}
	if err != nil {
		return whileAsking(fmt.Sprintf("move process %d into %s", r.PID, s.Unit), err)
	}
	return nil
}

// leave notes that a process stays where it is. It returns the error if that is no reason to
// leave one process and to go on with the others.
func (g *gathering) leave(r process.Relative, group string, err error) error {
	if reused := (*ReusedPIDError)(nil); errors.As(err, &reused) {
		return err // another process is in the scope
	}
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
	if bond == nil && g.isAsked(r.PID) {
		g.refused = cmp.Or(g.refused, err)
	}
	return nil
}

// locate finds out where the processes are once they are not moved any more.
func (g *gathering) locate() {
	found, err := g.kin.Find()
	if err != nil {
		return // the last look's word is the newest
	}
	g.in = nil
	for _, r := range found {
		group, err := cgroup.PathOf(r.PID)
		switch {
		case err != nil: // it has ended
		case cgroup.Contains(g.mover.scope.Cgroup, group):
			g.in = append(g.in, r.PID)
			delete(g.left, r)
		default:
			if _, isLeft := g.left[r]; !isLeft {
				g.left[r] = Left{PID: r.PID, Unit: unitOf(group), Why: &AdoptError{PID: r.PID, Reason: NotMoved}}
			}
		}
	}
}

// adopted is the result.
func (g *gathering) adopted() *Adopted {
	a := &Adopted{Scope: g.mover.scope, PIDs: g.in}
	for _, l := range g.left {
		a.Left = append(a.Left, l)
	}
	for _, r := range g.asked {
		if _, isLeft := g.left[r]; !isLeft && !slices.Contains(g.in, r.PID) {
			a.Left = append(a.Left, Left{PID: r.PID, Why: &AdoptError{PID: r.PID, Reason: Ended}})
		}
	}
	slices.SortFunc(a.Left, func(x, y Left) int { return cmp.Compare(x.PID, y.PID) })
	return a
}
