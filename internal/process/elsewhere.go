package process

import "gorun/cgroup"

// Job is the process group of a command, which the processes that it starts inherit. The
// other commands of a pipeline are in it, too. The zero Job is none.
type Job struct {
	Group  int
	Caller string // the cgroup that the command was started from
	// Since is a time, in ticks as [StartTicks], when all other commands of the pipeline had
	// been started.
	Since uint64
}

// Elsewhere finds processes outside of a cgroup that were started from within: their parent
// is in the cgroup, or was started from within itself, or they are of the job. A process
// whose parent has ended and that has left the job is not found.
func Elsewhere(list []Process, group string, job Job) (found []Process) {
	byPID, supervised := map[int]Process{}, map[string]bool{}
	for _, p := range list {
		byPID[p.PID] = p
		if p.Name == "gorun" {
			supervised[p.Cgroup] = true // a pipeline may have several runs
		}
	}
	for _, p := range list {
		if p.Zombie || cgroup.Contains(group, p.Cgroup) {
			continue
		}
		if isFrom(byPID, p, group) || !supervised[p.Cgroup] && job.has(p) {
			found = append(found, p)
		}
	}
	return found
}

// has reports whether a process is of the job, and is none of the pipeline's other commands.
func (j Job) has(p Process) bool {
	if p.Group != j.Group || j.Group == 0 || cgroup.Contains(j.Caller, p.Cgroup) {
		return false
	}
	begun, err := StartTicks(p.PID)
	return err == nil && begun >= j.Since
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
