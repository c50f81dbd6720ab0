package cgroup

// Notify makes the kernel report the group's state again to whoever watches cgroup.events,
// such as the service manager, though the group has not changed. It needs the right to write
// to the group. The error is [ErrGone] if there is no such group.
//
// It freezes the group and thaws it at once: of all that cgroup.events says, only "frozen"
// can be changed from outside (cgroup_update_frozen in kernel/cgroup/freezer.c). Processes
// in the group stop for some microseconds. A group that was frozen is thawed.
func (g Group) Notify() error { return g.write("cgroup.freeze", "1", "0") }
