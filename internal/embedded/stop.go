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
	r.mark(why)
	r.Thaw() // on failure the final signal ends them
	c := r.record.Conduct
	if len(c.StopSignals) > 0 {
		if err := r.signalAll(c.StopSignals); err != nil && !errors.Is(err, unix.EPERM) {
			return false, err
		}
		over, err := r.waitFor(ctx, c.StopTimeout)
		if over || err != nil {
			return false, r.ended(err)
		}
	}
	if c.FinalSignal == 0 {
		pids, err := r.Processes()
		return len(pids) > 0, err
	}
	r.mu.Lock()
	r.record.Killed = true
	r.mu.Unlock()
	r.save()
	if err := r.kill(c.FinalSignal); err != nil {
		return false, err
	}
	return false, r.ended(r.WaitEmpty(ctx))
}

// mark notes why the run is being stopped, unless that is noted already.
func (r *Run) mark(why Result) {
	r.mu.Lock()
	if r.record.Stopping == "" {
		r.record.Stopping = why
	}
	r.mu.Unlock()
	r.save()
}

// signalAll sends signals to all processes, the caller last.
func (r *Run) signalAll(signals []unix.Signal) error {
	err := r.Signal(signals...)
	if r.hasCaller() {
		send(os.Getpid(), signals)
	}
	return err
}

// Signal sends signals to all processes of the run but the caller.
func (r *Run) Signal(signals ...unix.Signal) error {
	if r.record.Dir == "" || r.hasCaller() {
		return signalAll(r.Processes, signals...)
	}
	err := r.record.group().Signal(signals...)
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	return err
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
	if inside || r.record.Dir == "" {
		err := r.killTree()
		if inside {
			send(os.Getpid(), []unix.Signal{sig})
		}
		return err
	}
	err := r.record.group().Kill()
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	return err
}

// maxKills bounds how often processes are killed that others have forked meanwhile.
const maxKills = 100

// killTree kills the run's processes one by one, but not the caller. They are stopped first, so that they fork no more.
func (r *Run) killTree() error {
	for range maxKills {
		pids, err := r.others()
		if len(pids) == 0 || err != nil {
			return err
		}
		for _, sig := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
			if err := signalAll(r.others, sig); err != nil {
				return err
			}
		}
		r.awaitKilled()
	}
	return errors.New("processes are forked faster than they can be killed")
}

// killPause is how long killed processes may take to end before all that are left get the signal again.
const killPause = 100 * time.Millisecond

func (r *Run) awaitKilled() {
	ctx, cancel := context.WithTimeout(context.Background(), killPause)
	defer cancel()
	awaitNone(ctx, r.others) // what is left then is listed again
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

// ended removes what the run leaves, if nobody supervises it.
func (r *Run) ended(err error) error {
	if err == nil && !r.record.Supervisor.isAlive() {
		r.Abandon()
	}
	return err
}

// Freeze stops all processes until [Run.Thaw]. It is not supported without a group.
func (r *Run) Freeze(ctx context.Context) error {
	if r.record.Dir == "" {
		return errors.ErrUnsupported
	}
	return r.record.group().Freeze(ctx)
}

// Thaw lets the processes run again.
func (r *Run) Thaw() error {
	if r.record.Dir == "" {
		return nil
	}
	return r.record.group().Thaw()
}
