package logind

import "gorun/cgroup"

// InNamespace reports whether the process is in a cgroup namespace that the managers are
// not in. The kernel then shows paths of cgroups that begin elsewhere than at the managers'
// root (cgroup_namespaces(7)), and unknown things may end what is inside.
//
// It is false in a container that has its own systemd: its managers are inside as well, and
// PID 1 is in init.scope.
func InNamespace() bool {
	path, err := cgroup.PathOf(1)
	if err != nil { // another user's process that /proc hides
		path, err = cgroup.PathOf(0)
	}
	return err == nil && PlaceOf(path).Unit == ""
}

// NamespaceVerdict is the verdict on all processes that are in such a namespace.
func NamespaceVerdict() Verdict { return unknown("inside a cgroup namespace") }
