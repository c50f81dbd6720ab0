package scope

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// hooks are where the manager attaches the programs that restrict a scope, by property
// (bpf-firewall.c, bpf-devices.c, socket-bind.c, restrict-ifaces.c, bpf-bind-iface.c).
// One program is enough: a restriction may concern a single address family. Properties
// that allow something restrict nothing, and are not listed.
var hooks = map[string][]uint32{
	"IPAccounting":              {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"IPAddressDeny":             {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"RestrictNetworkInterfaces": {unix.BPF_CGROUP_INET_INGRESS, unix.BPF_CGROUP_INET_EGRESS},
	"SocketBindDeny":            {unix.BPF_CGROUP_INET4_BIND, unix.BPF_CGROUP_INET6_BIND},
	"BindNetworkInterface":      {unix.BPF_CGROUP_INET_SOCK_CREATE},
	"DevicePolicy":              {unix.BPF_CGROUP_DEVICE},
	"DeviceAllow":               {unix.BPF_CGROUP_DEVICE},
}

// isAttached reports whether there is a program that does what the property says. A
// manager that cannot attach one only logs that: it may lack privilege in a container, or
// be built without BPF. If the kernel does not say, the limit is taken to be in force.
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

// countPrograms returns how many programs of a type are attached to a cgroup itself, not
// to the groups above it (BPF_PROG_QUERY in bpf(2)). It needs CAP_NET_ADMIN.
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
