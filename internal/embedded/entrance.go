package embedded

import (
	"os"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Entrance is open while a process is started in a run.
type Entrance struct {
	fd   int // of the group's directory; -1 without a group
	into cgroup.Group
	back cgroup.Group // where this process was before it entered; zero if it has not
}

// Entrance opens the run for a process that is about to be started.
func (r *Run) Entrance() (*Entrance, error) {
	if r.record.Dir == "" {
		return &Entrance{fd: -1}, nil
	}
	fd, err := unix.Open(r.record.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: r.record.Dir, Err: err}
	}
	return &Entrance{fd: fd, into: r.record.group()}, nil
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
		err = e.into.Enter()
	}
	if err == nil {
		e.back = back
	}
	return err
}

// Close closes the entrance. The error means that this process could not go back, and stays in the
// run's group.
func (e *Entrance) Close() error {
	if e.fd >= 0 {
		unix.Close(e.fd)
		e.fd = -1
	}
	if e.back.Dir == "" {
		return nil
	}
	back := e.back
	e.back = cgroup.Group{}
	return back.Enter()
}
