package scope

import (
	"context"
	"path"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// A process that is killed in the very moment that the manager moves it leaves a
// scope that is active with nobody in it, for ever: the kernel has told that it is
// empty before the manager listened. So it was for 6 to 10 of 400 launches that were
// killed in their first 30 ms, on 252, 257 and 262. Such a scope holds the lease.

// stopHollow stops the scopes beside this one that hold the lease and are hollow.
// What cannot be found out or done is the next run's business.
func (s *Scope) stopHollow(ctx context.Context, conn *bus.Conn) {
	var holders []string
	if systemd1.Get(ctx, conn, lingerUnit, systemd1.Unit, "WantedBy", &holders) != nil {
		return
	}
	for _, unit := range holders {
		group := path.Join(path.Dir(s.Cgroup), unit)
		if unit == s.Unit || !isHollow(group) {
			continue
		}
		// It may be just starting. Once it is active, all its processes have been
		// moved, and if it is empty then, they have ended.
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err == nil && state.Job == 0 && state.Active == "active" && isHollow(group) {
			conn.Call(ctx, systemd1.Call("StopUnit", unit, jobMode)) // gone is as good
		}
	}
}

// isHollow tells whether a cgroup is there and has no process.
func isHollow(path string) bool {
	group, err := cgroup.At(path)
	if err != nil {
		return false
	}
	events, err := group.Events()
	return err == nil && events != nil && !events.Populated
}
