package cgroup

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// Move moves a process into the group with all its threads; 0 is the caller. Its children
// stay where they are. The caller needs the right to write to the cgroup.procs of the group,
// and of the nearest group that contains both places.
//
// The error is [ErrGone] if there is no such group, and [unix.ESRCH] if there is no such
// process. The service manager is not told: a group that it is about to remove as empty is
// no place for a process.
func (g Group) Move(pid int) error {
	d, err := g.open()
	if err != nil {
		return err
	}
	defer d.close()
	const name = "cgroup.procs"
	fd, err := openAt(d.fd, name, unix.O_WRONLY)
	if absent(err) {
		d.absent = true
		if err := d.checkGone(); err != nil {
			return err
		}
	}
	if err != nil {
		return d.failed("open", name, err)
	}
	defer unix.Close(fd) // the kernel has taken what was written
	if _, err := unix.Write(fd, []byte(strconv.Itoa(pid))); err != nil {
		return d.failed("write", name, err)
	}
	return nil
}
