package scope

import (
	"context"
	"errors"
	"path"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// A process that is killed at the moment that the manager moves it leaves an empty scope,
// which stays active: the kernel reports that the cgroup is empty before the manager
// listens. This happened to 6 to 10 of 400 launches that were killed in their first
// 30 ms, on systemd 252, 257 and 262. Such a scope holds the lease.

// stopEmptyHolders stops the empty scopes beside this one that hold the lease. What fails
// here is left to the next run.
func stopEmptyHolders(ctx context.Context, conn *bus.Conn, s *Scope) {
	var holders []string
	if systemd1.Get(ctx, conn, lingerUnit, systemd1.Unit, "WantedBy", &holders) != nil {
		return
	}
	for _, unit := range holders {
		group := path.Join(path.Dir(s.Cgroup), unit)
		if unit == s.Unit || !existsEmpty(group) {
			continue
		}
		// It may be just starting. Once it is active, all its processes have been
		// moved. If it is empty then, they have ended.
		state, err := systemd1.ReadUnitState(ctx, conn, unit)
		if err == nil && state.Job == 0 && state.Active == "active" && existsEmpty(group) {
			conn.Call(ctx, systemd1.Call("StopUnit", unit, replace)) // an error means that it is gone, or left to the next run
		}
	}
}

// existsEmpty reports whether a cgroup exists and has no process.
func existsEmpty(path string) bool {
	populated, err := isPopulated(path)
	return err == nil && !populated
}

// isEmpty reports whether a cgroup has no process. A cgroup that is gone has none.
func isEmpty(path string) (bool, error) {
	populated, err := isPopulated(path)
	if errors.Is(err, cgroup.ErrGone) {
		return true, nil
	}
	return err == nil && !populated, err
}

// isPopulated reports whether a cgroup has processes, in itself or below. A cgroup that
// does not say so, as the root, has some.
func isPopulated(path string) (bool, error) {
	group, err := cgroup.At(path)
	if err != nil {
		return false, err
	}
	events, err := group.Events()
	return events == nil || events.Populated, err
}
