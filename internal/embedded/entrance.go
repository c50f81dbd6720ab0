package embedded

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Entrance is open while a process is started in a run.
type Entrance struct {
	fd   int // of the group's directory; -1 without a group
	of   *Run
	back cgroup.Group // where this process was before it entered; zero if it has not
	// legacy is where this thread was in the hierarchies of version 1 that it has entered.
	legacy legacyThread
}

// Entrance opens the run for a process that is about to be started. The calling thread starts it, and
// closes the entrance: the goroutine is locked to it. The error wraps [ErrEnded] if the run has ended
// or is being stopped.
func (r *Run) Entrance() (*Entrance, error) {
	if err := r.CheckOpen(); err != nil {
		return nil, err
	}
	e := &Entrance{fd: -1, of: r}
	if !r.group.isMade() {
		return e, nil
	}
	err := r.group.do(func(g cgroup.Group) (err error) {
		e.fd, err = unix.Open(g.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return os.NewSyscallError("open the run's cgroup", err)
	})
	if err != nil {
		return nil, err
	}
	if e.legacy, err = r.record.enterLegacy(); err != nil { // nothing can be cloned into these
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// FD is a descriptor of the group's directory, for clone3(2) with CLONE_INTO_CGROUP. It is -1
// without a group.
func (e *Entrance) FD() int { return e.fd }

// Enter moves this process into the group until [Entrance.Close], so that a child is forked there.
// It is for where clone3(2) is missing: Linux before 5.7, and seccomp filters of containers.
func (e *Entrance) Enter() error {
	if e.fd < 0 {
		return nil
	}
	back, err := cgroup.Of(0)
	if err == nil {
		err = e.of.group.do(cgroup.Group.Enter)
	}
	if err == nil {
		e.back = back
	}
	return err
}

// Check says why a process that was started through the entrance is not in the run's groups of
// cgroup v1: it was forked by another thread. It may have left them on its own.
func (e *Entrance) Check(pid int) error { return e.legacy.check(pid) }

// Close closes the entrance. If the run is being stopped by now, what has been started is stopped with
// it. The error means that this process could not go back, and stays in the run's group.
func (e *Entrance) Close() error {
	err := e.legacy.leave()
	e.legacy = nil
	if e.back.Dir != "" {
		err = errors.Join(err, e.back.Enter())
		e.back = cgroup.Group{}
	}
	if e.fd >= 0 {
		unix.Close(e.fd)
		e.fd = -1
	}
	e.of.stopLate()
	return err
}

// CheckOpen says why no process may be started in the run: it is being stopped, or has ended. Who
// stops it notes that first.
func (r *Run) CheckOpen() error {
	why, err := r.stopping()
	if err == nil && why != "" {
		err = &StoppedError{r.record.Unit, why}
	}
	return err
}

// StoppedError means that a run is being stopped, and that no process has been started in it. It wraps
// [ErrEnded].
type StoppedError struct {
	Unit string
	Why  Result
}

func (e *StoppedError) Error() string {
	return e.Unit + " was stopped before COMMAND began: " + string(e.Why)
}

func (e *StoppedError) Unwrap() error { return ErrEnded }
