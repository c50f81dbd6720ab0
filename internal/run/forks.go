package run

import (
	"fmt"

	"gorun/cgroup"
	"gorun/internal/text"
)

// refusedForks are forks that failed because a limit on tasks was reached.
type refusedForks struct {
	n     uint64
	limit string // "of 25", "of a slice"
}

func (f refusedForks) String() string {
	if f.n == 0 {
		return ""
	}
	return fmt.Sprintf("%s failed: the task limit %s was reached", text.Count(f.n, "fork", "forks"), f.limit)
}

// findRefusedForks finds out how many of COMMAND's forks failed in the scope.
func (w *watch) findRefusedForks(stats cgroup.Stats) refusedForks {
	f := w.allRefusedForks(stats)
	f.n -= min(f.n, w.before.failedForks+w.child.RefusedForks())
	return f
}

// allRefusedForks finds out how many forks failed in the scope. Linux before
// 6.11 counts in the scope also those that failed because of a limit above, and does not
// count them there (pids_event in pids.c). Later kernels count them where the limit is, together with those
// of other units: nothing is then said about them.
func (w *watch) allRefusedForks(stats cgroup.Stats) refusedForks {
	n := failedForks(stats.PIDsEvents)
	limit, peak := stats.PIDsMax, stats.PIDsPeak
	if figures, _ := w.figures(); figures.Path == w.scope.Cgroup {
		return refusedBy(limit, peak, n)
	}
	if group, err := w.scope.Group(); err == nil { // the slice's file may lack them
		events, _ := group.PIDsEvents()
		n = max(n, failedForks(events))
		if own, _ := group.PIDsMax(); own != nil && (limit == nil || *own < *limit) { // set by a drop-in
			limit = own
			peak, _ = group.PIDsPeak()
		}
	}
	return refusedBy(limit, peak, n)
}

// refusedBy says which limit has refused forks: the scope's, if it has one and that was reached.
func refusedBy(limit *cgroup.Limit, peak *uint64, n uint64) refusedForks {
	if limit != nil && *limit != cgroup.Max && (peak == nil || *peak >= uint64(*limit)) {
		return refusedForks{n, "of " + limit.String()}
	}
	return refusedForks{n, "of a slice"}
}

func failedForks(events *cgroup.PIDsEvents) uint64 {
	if events == nil {
		return 0
	}
	return events.Max
}
