package embedded

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// Where systemd runs, the groups are its own, but for those below a unit with Delegate=: it may remove
// another group or its controllers at any time (Control Group APIs and Delegation, systemd.io).

// delegateAttributes mark the group of a unit with Delegate=. The system manager alone writes them
// (cgroup_xattr_apply in systemd's cgroup.c). The first is newer, and the other can be read by root alone.
var delegateAttributes = []string{"user.delegate", "trusted.delegate"}

// unitKinds end the names of the groups of units.
var unitKinds = []string{".scope", ".service", ".slice", ".socket", ".mount", ".swap"}

// isDelegated reports whether the unit that a group belongs to is delegated, and not to another
// systemd: a user manager or that of a container has its own init.scope.
func isDelegated(g cgroup.Group) bool {
	for at, ok := g, true; ok; at, ok = at.Parent() {
		if hasDelegation(at.Dir) {
			_, err := os.Stat(filepath.Join(at.Dir, "init.scope"))
			return err != nil
		}
		if slices.Contains(unitKinds, filepath.Ext(at.Name())) {
			return false
		}
	}
	return false
}

func hasDelegation(dir string) bool {
	return slices.ContainsFunc(delegateAttributes, func(name string) bool {
		value := make([]byte, 8)
		n, err := unix.Getxattr(dir, name, value)
		return err == nil && string(value[:n]) == "1"
	})
}

// usable is which groups runs may have groups in: all where no systemd has them.
func usable() func(cgroup.Group) error {
	if HasNoManager() {
		return cgroup.Group.MayPlace
	}
	return func(g cgroup.Group) error {
		if !isDelegated(g) {
			return &ownedError{g.Path}
		}
		return g.MayPlace()
	}
}

// ownedError means that a group is systemd's.
type ownedError struct{ path string }

func (e *ownedError) Error() string {
	return "the cgroup " + e.path + " is in no unit of the system manager with Delegate=yes"
}
