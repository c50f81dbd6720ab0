package cgroup

import "errors"

var (
	// ErrGone means that the group does not exist (any more).
	ErrGone = errors.New("cgroup is gone")

	// ErrNoV2 means that this system has no cgroup v2, or that no cgroup2 file
	// system is mounted where this process can see it.
	ErrNoV2 = errors.New("no cgroup v2")

	// ErrOutside means that the group is not below any cgroup2 mount of this process.
	// An example is the group of a process outside of the caller's container. It is
	// also returned in a cgroup namespace that was entered without a new mount of
	// cgroup2: there a group's directory cannot be found.
	ErrOutside = errors.New("outside of the cgroup2 mount")

	errNoDir = errors.New("open cgroup: the Group has no Dir")
)
