package manage

import (
	"gorun/internal/logind"
	"gorun/internal/process"
	"gorun/internal/text"
	"gorun/scope"
)

// unsupervised is the state of a run without a service manager that nobody watches any more: its
// supervisor was killed, or has left leftover processes.
const unsupervised = "unsupervised"

// addEmbedded adds what the kernel says about a run that has no service manager.
func (u *Status) addEmbedded(s *scope.Scope, state scope.State) error {
	if state.Unsupervised {
		u.State = unsupervised
	}
	if group, err := s.Figures(); err == nil {
		stats, _ := group.ReadStats() // what cannot be read is null
		u.addFigures(stats)
		u.bound, _ = group.MemoryBound()
	}
	pids, err := s.Processes()
	if err != nil {
		return err
	}
	u.Processes, u.SurvivalReason = []Process{}, text.OrNull(string(logind.NoManager().Reason))
	for _, pid := range pids {
		p, err := process.Read(pid)
		if err != nil || p.Zombie {
			continue // it has just ended
		}
		u.Processes = append(u.Processes, Process{pid, p.Name, append([]string{}, p.Args...), nil, string(logind.NoManager().Reason)})
	}
	return nil
}
