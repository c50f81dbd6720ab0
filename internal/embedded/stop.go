package embedded

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Stop stops the run, as its [Conduct] says, and returns when its last process has ended: a frozen
// run is thawed, all processes get the stop signals and, if some are left after the time for that,
// the final signal. A caller that is in the run gets them last. why is noted first, so that the
// supervisor knows. It is no error if the run has ended. left reports that processes keep running,
// because there is no final signal for them.
func (r *Run) Stop(ctx context.Context, why Result) (left bool, err error) {
	if r.mark(why) != nil {
		return false, nil // it has ended
	}
	r.Thaw() // on failure the final signal ends them
	c := r.record.Conduct
	if len(c.StopSignals) > 0 {
		if err := r.signalAll(c.StopSignals); err != nil && !errors.Is(err, unix.EPERM) {
			return false, err
		}
		over, err := r.waitFor(ctx, c.StopTimeout)
		if over || err != nil {
			return false, r.finish(err)
		}
	}
	if c.FinalSignal == 0 {
		pids, err := r.Processes()
		return len(pids) > 0, err
	}
	if r.update(func(n *record) { n.Killed = true }) != nil {
		return false, nil // it has ended
	}
	if err := r.kill(c.FinalSignal); err != nil {
		return false, err
	}
	return false, r.finish(r.WaitEmpty(ctx))
}

// mark notes why the run is being stopped, unless that is noted already.
func (r *Run) mark(why Result) error {
	return r.update(func(n *record) {
		if n.Stopping == "" {
			n.Stopping = why
		}
	})
}

// signalAll sends signals to all processes, the caller last.
func (r *Run) signalAll(signals []unix.Signal) error {
	err := r.Signal(signals...)
	if r.hasCaller() {
		signalSelf(signals)
	}
	return err
}

// Signal sends signals to all processes of the run but the caller. The error is [unix.EPERM] if
// a process refuses signals of the caller's; the others have got theirs.
func (r *Run) Signal(signals ...unix.Signal) error {
	if r.refresh() != nil {
		return nil // it has ended
	}
	if !r.group.isMade() || r.hasCaller() {
		refused, err := signalAll(r.Processes, signals...)
		return errors.Join(err, refusal(refused))
	}
	return r.group.unlessGone(func(g cgroup.Group) error { return g.Signal(signals...) })
}

// waitFor waits until the run has no process, at most for a time; negative means no limit. It
// reports whether there is none.
func (r *Run) waitFor(ctx context.Context, timeout time.Duration) (over bool, err error) {
	late := ctx
	if timeout >= 0 {
		var cancel context.CancelFunc
		late, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	err = r.WaitEmpty(late)
	if err != nil && late.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// kill ends all processes.
func (r *Run) kill(sig unix.Signal) error {
	if sig != unix.SIGKILL {
		return r.signalAll([]unix.Signal{sig})
	}
	inside := r.hasCaller() // before the supervisor has gone, from which it descends
	if inside || !r.group.isMade() {
		err := r.killTree()
		if inside {
			signalSelf([]unix.Signal{sig})
		}
		return err
	}
	return r.group.unlessGone(cgroup.Group.Kill)
}

// maxKills bounds how often processes are killed that others have forked meanwhile.
const maxKills = 100

// killTree kills the run's processes one by one, but not the caller. They are stopped first, so that
// they fork no more. The error is [unix.EPERM] if some refuse the caller's signals: a program with
// the set-user-ID bit may have become another user.
func (r *Run) killTree() error {
	var refused []int
	mayEnd := func() ([]int, error) {
		pids, err := r.others()
		return slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(refused, pid) }), err
	}
	for range maxKills {
		pids, err := mayEnd()
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			return r.refusalOf(refused)
		}
		for _, sig := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
			no, err := signalAll(mayEnd, sig)
			if err != nil {
				return err
			}
			refused = append(refused, no...)
		}
		awaitKilled(mayEnd)
	}
	return errors.New("processes are forked faster than they can be killed")
}

// refusalOf is the error about those of the processes that are still the run's.
func (r *Run) refusalOf(refused []int) error {
	pids, err := r.others()
	left := slices.DeleteFunc(pids, func(pid int) bool { return !slices.Contains(refused, pid) })
	return errors.Join(err, refusal(left))
}

// killPause is how long killed processes may take to end before all that are left get the signal again.
const killPause = 100 * time.Millisecond

func awaitKilled(list func() ([]int, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), killPause)
	defer cancel()
	awaitNone(ctx, list) // what is left then is listed again
}

// others lists the run's processes without the caller.
func (r *Run) others() ([]int, error) {
	pids, err := r.Processes()
	return slices.DeleteFunc(pids, func(pid int) bool { return pid == os.Getpid() }), err
}

// supervisorPatience bounds the wait for a supervisor when the last process has ended: it may run
// hooks.
const supervisorPatience = 5 * time.Second

// AwaitSupervisor waits until the supervisor has ended, too, but not long.
func (r *Run) AwaitSupervisor(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, supervisorPatience)
	defer cancel()
	pid := r.Supervisor()
	if pid == 0 || pid == os.Getpid() {
		return
	}
	awaitNone(ctx, func() ([]int, error) {
		if r.Supervisor() == pid {
			return []int{pid}, nil
		}
		return nil, nil
	})
}

// finish removes what the run leaves, if nobody supervises it.
func (r *Run) finish(err error) error {
	if err == nil && !r.own {
		r.clear()
	}
	return err
}

// InGroup calls do with the run's cgroup. The error is [cgroup.ErrGone] if it has been removed, also if
// a later run has the path.
func (r *Run) InGroup(do func(cgroup.Group) error) error { return r.group.do(do) }

// Thaw lets the processes run again. The error is that of [Run.InGroup].
func (r *Run) Thaw() error {
	if !r.group.isMade() {
		return nil
	}
	return r.group.do(cgroup.Group.Thaw)
}
