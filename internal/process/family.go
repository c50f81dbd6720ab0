package process

// Family finds a process and those that descend from it, as far as they are in exactly this
// cgroup. Zombies are left out. A process whose parent has ended is not found.
func Family(list []Process, pid int, group string) (found []int) {
	byPID := map[int]Process{}
	for _, p := range list {
		byPID[p.PID] = p
	}
	for _, p := range list {
		if p.Cgroup == group && !p.Zombie && descends(byPID, p, pid) {
			found = append(found, p.PID)
		}
	}
	return found
}

// descends reports whether a process is another one or descends from it. As in isFrom, no
// way up is longer than the list.
func descends(byPID map[int]Process, p Process, pid int) bool {
	for range byPID {
		if p.PID == pid {
			return true
		}
		parent, ok := byPID[p.Parent]
		if !ok {
			return false
		}
		p = parent
	}
	return false
}
