package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
	"gorun/scope"
)

// What starts gorun may have it moved out of its scope at any time in the first second: see
// mover.go. It knows gorun's PID alone, and moves no other process. So COMMAND is outside only
// if it was forked by a gorun that was outside.

// maxReturns bounds how often gorun enters its scope again before COMMAND runs. Whoever moves
// gorun does so once.
const maxReturns = 5

// returnTimeout bounds a return to the scope while COMMAND runs. It takes some tens of
// milliseconds.
const returnTimeout = 10 * time.Second

// stay enters the scope again if another program has moved this process out of it. The scope
// was empty then, and has ended or is about to.
func (r *run) stay() error {
	for range maxReturns {
		if r.outside() == "" {
			return nil
		}
		r.scope, r.joined = nil, false
		if err := r.enterInTurn(); err != nil {
			return err
		}
	}
	if group := r.outside(); group != "" {
		return &scope.MovedError{Unit: r.scope.Unit, Cgroup: group}
	}
	return nil
}

// outside is the cgroup of this process if that is not the scope's. It is empty if it is, and
// without a scope. An embedded scope has COMMAND alone.
func (r *run) outside() string {
	if r.scope == nil || r.scope.IsEmbedded() { // nobody moves a process there
		return ""
	}
	group, err := cgroup.PathOf(0)
	if err != nil || cgroup.Contains(r.scope.Cgroup, group) {
		return ""
	}
	return group
}

// recheck returns to the scope if another program has moved this process out of it, and takes
// COMMAND along if COMMAND was forked outside. COMMAND that leaves the scope later does so on
// its own, as sudo and tmux do.
func (r *run) recheck() {
	group, err := r.outside(), error(nil)
	switch {
	case group == "":
	case !r.held && isIn(r.watch.pid, group):
		if err = r.takeAlong(group); err != nil {
			r.warnOfMove(&StrayError{Unit: r.unit(), Cgroup: group, Command: true, Err: err})
			return // the next call tries again
		}
	default:
		if err = r.comeBack(); err != nil {
			r.warnOfMove(&StrayError{Unit: r.unit(), Cgroup: group, Err: err})
		}
	}
	r.held = true
}

// warnOfMove warns once.
func (r *run) warnOfMove(e *StrayError) {
	if !r.warned {
		r.warned = true
		r.Tell(Warning{e})
	}
}

// isIn reports whether a process is in exactly this cgroup.
func isIn(pid int, group string) bool {
	own, err := cgroup.PathOf(pid)
	return err == nil && own == group
}

// comeBack moves this process into the scope, if there are still processes in it. A scope
// without one is about to be removed.
func (r *run) comeBack() error {
	group, err := r.scope.Group()
	if err != nil {
		return err
	}
	events, err := group.Events()
	if errors.Is(err, cgroup.ErrGone) || err == nil && (events == nil || !events.Populated) {
		return nil
	}
	if err == nil {
		err = group.Move(0)
	}
	return err
}

// takeAlong returns to the scope, and takes COMMAND there from the cgroup in which COMMAND was
// forked. The scope of a run that was joined still has that run's processes.
func (r *run) takeAlong(from string) error {
	back := r.startAgain
	if r.joined {
		back = r.comeBack
	}
	if err := back(); err != nil {
		return err
	}
	group, err := r.scope.Group()
	if err == nil {
		err = fetch(group, r.watch.pid, from)
	}
	return err
}

// startAgain starts the scope again, which has ended without a process, with this process in
// it. COMMAND's INVOCATION_ID stays that of the scope that has ended.
func (r *run) startAgain() error {
	ctx, cancel := context.WithTimeout(context.Background(), returnTimeout)
	defer cancel()
	s, err := scope.Start(ctx, r.Spec)
	for held := (*scope.HeldError)(nil); errors.As(err, &held); held = nil {
		if err := held.Wait(ctx); err != nil { // for the service of the scope that has ended
			return err
		}
		s, err = scope.Start(ctx, r.Spec)
	}
	if err != nil {
		return err
	}
	r.scope = s
	r.watch.entered(s)
	r.note(os.Getpid(), r.watch.pid)
	r.hooks.follow(r)
	return nil
}

// maxFetches bounds how often COMMAND's new children are looked for.
const maxFetches = 10

// fetch moves a process, and those that it has started meanwhile, from one cgroup to another.
// Who starts processes may start more before it is moved itself.
func fetch(to cgroup.Group, pid int, from string) error {
	root, err := process.Identify(pid)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	kin, err := process.Follow(0, root)
	if err != nil {
		return err
	}
	for range maxFetches {
		found, err := kin.Find()
		if err != nil {
			return err
		}
		moved := false
		for _, member := range found {
			if !isIn(member.PID, from) {
				continue
			}
			moved = true
			if err := to.Move(member.PID); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
		if !moved {
			return nil
		}
	}
	return fmt.Errorf("process %d starts new processes too fast", pid)
}
