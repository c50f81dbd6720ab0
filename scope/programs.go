package scope

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// hooks are where the manager attaches the programs that restrict a scope, by
// property (bpf-firewall.c, bpf-devices.c, socket-bind.c, restrict-ifaces.c,
// bpf-bind-iface.c). One of them is enough: a socket may be of one family alone. What
// allows something restricts nothing, and is not looked for.
var hooks = map[string][]uint32{
	"IPAccounting":              {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"IPAddressDeny":             {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"RestrictNetworkInterfaces": {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"SocketBindDeny":            {unix.BPF_CGROUP_INET4_BIND, unix.BPF_CGROUP_INET6_BIND},
	"BindNetworkInterface":      {unix.BPF_CGROUP_INET_SOCK_CREATE},
	"DevicePolicy":              {unix.BPF_CGROUP_DEVICE},
	"DeviceAllow":               {unix.BPF_CGROUP_DEVICE},
}

// isAttached tells whether there is a program that does what the property says. A
// manager that cannot attach one, for lack of privilege in a container, or that was
// built without, only logs it. Where the kernel does not tell us, we believe it.
func (l limit) isAttached(group cgroup.Group) bool {
	types := hooks[l.Name()]
	if len(types) == 0 {
		return true
	}
	fd, err := unix.Open(group.Dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer unix.Close(fd)
	return slices.ContainsFunc(types, func(t uint32) bool {
		n, err := countPrograms(fd, t)
		return err != nil || n > 0
	})
}

// countPrograms tells how many programs of a type are attached to a cgroup itself, not
// to those above it (BPF_PROG_QUERY in bpf(2)). Only who may administer the network is
// told.
func countPrograms(cgroupFD int, attachType uint32) (uint32, error) {
	attr := struct { // union bpf_attr in linux/bpf.h
		targetFD, attachType, queryFlags, attachFlags uint32
		ids                                           uint64
		count, _                                      uint32
	}{targetFD: uint32(cgroupFD), attachType: attachType}
	_, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_QUERY, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return 0, errno
	}
	return attr.count, nil
}
