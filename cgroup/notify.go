package cgroup

import "golang.org/x/sys/unix"

// Notify makes the kernel report the group's state again to whoever watches cgroup.events,
// such as the service manager, though the group has not changed. It needs the right to write
// to the group. The error is [ErrGone] if there is no such group.
//
// It freezes the group and thaws it at once: of all that cgroup.events says, only "frozen"
// can be changed from outside (cgroup_update_frozen in kernel/cgroup/freezer.c). Processes
// in the group stop for some microseconds. A group that was frozen is thawed.
func (g Group) Notify() error {
	d, err := g.open()
	if err != nil {
		return err
	}
	defer d.close()
	const name = "cgroup.freeze"
	fd, err := d.openToWrite(name)
	if err != nil {
		return err
	}
	defer unix.Close(fd) // the kernel has taken what was written
	for _, value := range []string{"1", "0"} {
		if _, err := unix.Write(fd, []byte(value)); err != nil {
			return d.failed("write", name, err)
		}
	}
	return nil
}
