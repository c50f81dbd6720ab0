package cgroup

import "golang.org/x/sys/unix"

// Enter moves the calling process, with all of its threads, into the group. It needs the
// right to write to the group, and to the nearest group that contains both this one and the
// caller's: else the error wraps [io/fs.ErrPermission]. The error is [ErrGone] if there is no
// such group, and [unix.EBUSY] if the group shares its controllers with groups below it, and
// so may have no process of its own.
//
// A process that belongs to a unit of systemd's is better moved by the unit's manager, which
// else does not know.
func (g Group) Enter() error {
	d, err := g.open()
	if err != nil {
		return err
	}
	defer d.close()
	const name = "cgroup.procs"
	fd, err := d.openToWrite(name)
	if err != nil {
		return err
	}
	defer unix.Close(fd)                                   // the kernel has taken what was written
	if _, err := unix.Write(fd, []byte("0")); err != nil { // 0 is the process that writes
		return d.failed("write", name, err)
	}
	return nil
}
