package manage

import (
	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
	"gorun/scope"
)

// unsupervised is the state of a run without a service manager that nobody watches any more: its
// supervisor was killed, or has left leftover processes.
const unsupervised = "unsupervised"

// lookEmbedded asks the kernel about a run that has no service manager, and maybe no cgroup.
func lookEmbedded(s *scope.Scope, read func(cgroup.Group) (cgroup.Stats, error)) seen {
	k := seen{embedded: true}
	if group, err := s.Figures(); err == nil {
		k.stats, _ = read(group) // what cannot be read is null
		s.AddLegacyStats(&k.stats)
	}
	pids, err := s.Processes()
	k.alive = err == nil
	for _, pid := range pids {
		if p, err := process.Read(pid); err == nil && !p.Zombie { // else it has just ended
			k.processes = append(k.processes, p)
		}
	}
	return k
}

// awaitSupervisor waits for the end of the gorun that supervises a run without a service manager, if
// there is one. It is not in the run's cgroup.
func (t *Target) awaitSupervisor() {
	pid := t.scope.Supervisor()
	if pid == 0 {
		return
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // it has just ended
	}
	defer unix.Close(fd)             // a pidfd is only read
	if t.scope.Supervisor() == pid { // else the PID is another process's by now
		process.AwaitEnd([]int{fd})
	}
}
