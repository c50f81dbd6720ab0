package embedded

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"gorun/cgroup"
)

// Processes lists the run's processes. The supervisor is none of them, except where it is in the
// group.
func (r *Run) Processes() ([]int, error) {
	if !r.group.isMade() {
		return r.relatives()
	}
	pids := []int{}
	err := r.group.unlessGone(func(g cgroup.Group) (err error) {
		pids, err = g.Processes()
		return err
	})
	return pids, err
}

// relatives lists the processes of a run without a group.
func (r *Run) relatives() ([]int, error) {
	if r.refresh() != nil {
		return []int{}, nil
	}
	r.mu.Lock()
	supervisor, command, others, over := r.record.Supervisor, r.record.Command, r.record.Others, r.record.Over
	r.mu.Unlock()
	switch {
	case over:
		return []int{}, nil
	case supervisor.isAlive():
		return descendants(supervisor.PID, others)
	case command.isAlive():
		pids, err := descendants(command.PID, nil)
		return append(pids, command.PID), err
	}
	return []int{}, nil
}

// WaitEmpty waits until the run has no process. It waits for processes, and not for the kernel's
// report that the group is empty: the kernel delays that by up to ten milliseconds, and drops it if
// the group is removed meanwhile, as the supervisor does.
func (r *Run) WaitEmpty(ctx context.Context) error {
	for {
		if err := awaitNone(ctx, r.Processes); err != nil || !r.group.isMade() {
			return err
		}
		empty := false
		err := r.group.do(func(g cgroup.Group) error {
			events, err := g.Events()
			empty = err == nil && (events == nil || !events.Populated)
			return err
		})
		switch {
		case errors.Is(err, cgroup.ErrGone), empty:
			return nil
		case err != nil:
			return err
		}
		// Processes that cannot be seen from here, or one that has just moved.
		if err := r.awaitUnseen(ctx); err != nil {
			return err
		}
	}
}

// unseenPause is how long the report about processes of other PID namespaces is waited for, before
// it may have been dropped.
const unseenPause = time.Second

// awaitUnseen waits until the group is empty, or for a while.
func (r *Run) awaitUnseen(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, unseenPause)
	defer cancel()
	err := r.group.unlessGone(func(g cgroup.Group) error { return g.WaitEmpty(bounded) })
	if ctx.Err() == nil && bounded.Err() != nil {
		return nil
	}
	return err
}

// WaitFree waits until the run has no process, and its supervisor has ended: then its name is free.
// A supervisor may run hooks.
func (r *Run) WaitFree(ctx context.Context) error {
	for {
		if err := r.WaitEmpty(ctx); err != nil {
			return err
		}
		supervisor := r.Supervisor()
		if supervisor == 0 || supervisor == os.Getpid() {
			return nil
		}
		if err := awaitEnd(ctx, supervisor); err != nil {
			return err
		}
	}
}

// hasCaller reports whether this process is in the run's group.
func (r *Run) hasCaller() bool {
	pids, err := r.Processes()
	return err == nil && slices.Contains(pids, os.Getpid())
}
