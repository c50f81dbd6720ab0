package logind

import "gorun/cgroup"

// InNamespace reports whether the process is in a cgroup namespace that the managers are
// not in. The kernel then shows paths of cgroups that begin elsewhere than at the managers'
// root (cgroup_namespaces(7)), and unknown things may end what is inside.
//
// A container that has its own systemd is not meant: its managers are inside as well. All
// processes are in a unit then, even PID 1, in init.scope.
func InNamespace() bool {
	path, err := cgroup.PathOf(1)
	if err != nil { // another user's process that /proc hides
		path, err = cgroup.PathOf(0)
	}
	return err == nil && PlaceOf(path).Unit == ""
}

// NamespaceVerdict is the verdict on all processes that are in such a namespace.
func NamespaceVerdict() Verdict { return unknown("inside a cgroup namespace") }
