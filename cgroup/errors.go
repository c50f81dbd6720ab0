package cgroup

import "errors"

var (
	// ErrGone means that the group does not exist (any more).
	ErrGone = errors.New("cgroup is gone")

	// ErrNoV2 means that this system has no cgroup v2, or that no cgroup2 file
	// system is mounted where this process can see it.
	ErrNoV2 = errors.New("no cgroup v2")

	// ErrOutside means that the group is not below any cgroup2 mount of this
	// process, as with a process outside of the caller's container. It also
	// means a group whose directory cannot be told from the caller's cgroup
	// namespace: one that was entered without a new mount of cgroup2.
	ErrOutside = errors.New("outside of the cgroup2 mount")

	errNoDir = errors.New("open cgroup: the Group has no Dir")
)
