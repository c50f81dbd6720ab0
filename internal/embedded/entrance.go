package embedded

import (
	"os"

	"golang.org/x/sys/unix"
)

// Entrance is open while a process is started in a run.
type Entrance struct {
	fd int // of the group's directory; -1 without a group
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
	return &Entrance{fd: fd}, nil
}

// FD is a descriptor of the group's directory, for clone3(2) with CLONE_INTO_CGROUP. It is -1
// without a group.
func (e *Entrance) FD() int { return e.fd }

// Close closes the entrance.
func (e *Entrance) Close() {
	if e.fd >= 0 {
		unix.Close(e.fd)
	}
}
