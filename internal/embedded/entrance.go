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
	of   *record
	back cgroup.Group // where this process was before it entered; zero if it has not
	// legacy is where this thread was in the hierarchies of version 1 that it has entered.
	legacy legacyThread
}

// Entrance opens the run for a process that is about to be started. The calling thread starts it, and
// closes the entrance: the goroutine is locked to it.
func (r *Run) Entrance() (*Entrance, error) {
	if r.record.Dir == "" {
		return &Entrance{fd: -1}, nil
	}
	fd, err := unix.Open(r.record.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: r.record.Dir, Err: err}
	}
	e := &Entrance{fd: fd, of: &r.record}
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
		err = e.of.group().Enter()
	}
	if err == nil {
		e.back = back
	}
	return err
}

// Check says why a process that was started through the entrance is not in the run's groups of
// cgroup v1: it was forked by another thread. It may have left them on its own.
func (e *Entrance) Check(pid int) error { return e.legacy.check(pid) }

// Close closes the entrance. The error means that this process could not go back, and stays in the
// run's group.
func (e *Entrance) Close() error {
	if e.fd < 0 {
		return nil
	}
	unix.Close(e.fd)
	e.fd = -1
	err := e.legacy.leave()
	if e.back.Dir != "" {
		err = errors.Join(err, e.back.Enter())
	}
	return err
}
