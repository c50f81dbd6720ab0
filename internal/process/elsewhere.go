package process

import "gorun/cgroup"

// Elsewhere finds the processes outside of a cgroup that were started from within: their
// parent is in the cgroup, or was started from within itself. A process whose parent has
// ended is not found.
func Elsewhere(list []Process, group string) (found []Process) {
	byPID := map[int]Process{}
	for _, p := range list {
		byPID[p.PID] = p
	}
	for _, p := range list {
		if !p.Zombie && !cgroup.Contains(group, p.Cgroup) && isFrom(byPID, p, group) {
			found = append(found, p)
		}
	}
	return found
}

// isFrom reports whether a process has an ancestor in a cgroup. The list may be a moment
// old, so that parents may seem to form a circle: no way up is longer than the list.
func isFrom(byPID map[int]Process, p Process, group string) bool {
	for range byPID {
		parent, ok := byPID[p.Parent]
		switch {
		case !ok:
			return false
		case cgroup.Contains(group, parent.Cgroup):
			return true
		}
		p = parent
	}
	return false
}
