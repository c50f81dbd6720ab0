package run

import (
	"slices"
	"strings"
	"time"

	"gorun/cgroup"
	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// ending is what is known of a run that has ended or is about to.
type ending struct {
	evidence
	at    time.Time
	stats cgroup.Stats // including gorun's own share
	bound cgroup.Bound // on memory, of the scope or of a group above it; zero if not known, or without a report
	// forks is how many forks failed, and which limit on tasks was reached; empty if none is
	// known to have.
	forks refusedForks
}

// look collects how the run ends. The kernel's figures come first: they show whether the
// manager has to be asked.
func (w *watch) look(status supervise.Status) ending {
	e := ending{at: time.Now()}
	e.status, e.ran = status, e.at.Sub(w.begun)
	if w.scope == nil {
		return e
	}
	// A figure that cannot be read is nil, like one that the kernel does not have.
	if group, err := w.figures(); err == nil {
		e.stats, _ = group.ReadUsage()
		w.scope.AddLegacyStats(&e.stats)
		if w.reports {
			e.bound, _ = group.MemoryBound()
		}
	}
	e.oomKills = oomKills(e.stats) - min(w.before.oomKills, oomKills(e.stats))
	e.forks = w.findRefusedForks(e.stats)
	// A stop without a manager sends nothing to gorun, and asking about one costs little.
	if w.stopped || w.outlived || w.scope.IsEmbedded() || e.needsManager(w.stopSignal(), w.isOverdue()) {
		w.askIfStopping()
	}
	e.state = w.state
	return e
}

// tell says why the run ends, if that is not COMMAND's own doing, what the OOM killer did,
// and that forks failed. It says nothing twice.
func (w *watch) tell(e ending) {
	why := w.why(e)
	if why != "" && (w.told == nil || w.told.oomKills != e.oomKills) {
		w.say(Ending{w.scope.Unit, why})
	}
	w.told = &e.evidence
}

// why is empty if the run ends by COMMAND's own doing, and nothing was refused to it.
func (w *watch) why(e ending) string {
	reasons := []string{w.stopReason(e.evidence)}
	switch {
	case e.oomKills > 0:
		group, _ := w.figures() // on an error, the groups within are not known
		reasons = append(reasons, describeOOM(e.oomKills, e.stats, oomLimit(e.stats, group, w.above), w.victims(e.evidence)))
	case e.outcome() == report.OOMKilled:
		reasons = []string{"killed for lack of memory, by systemd-oomd or the kernel"}
	}
	reasons = append(reasons, e.forks.String())
	return strings.Join(slices.DeleteFunc(reasons, func(s string) bool { return s == "" }), "; ")
}

// findElsewhere finds processes that were started from within the scope and are outside, if
// they matter: to limits, or to a report's figures. Nothing leaves in a short run. Of a joined
// run nobody knows which it has started.
func (w *watch) findElsewhere(e ending) []process.Process {
	if w.scope == nil || w.isGuest || e.ran < shortRun || !w.reports && !w.spec.HasLimits() {
		return nil
	}
	group, err := w.figures()
	if err != nil {
		return nil
	}
	list, _, err := process.List()
	if err != nil {
		return nil
	}
	return process.Elsewhere(list, group.Path, w.job)
}

// stopReason is why the scope was stopped. It is empty if the scope was not stopped, or
// because of the OOM killer.
func (w *watch) stopReason(e evidence) string {
	switch {
	case !e.isStopped() || e.state.Result == scope.OOMKilled:
		return ""
	case e.isOutOfTime():
		return "time limit of " + w.limit(e.state) + " reached"
	}
	return "stopped on request"
}

// limit is the time limit in words.
func (w *watch) limit(state scope.State) string {
	limit := property.FormatSpan(state.RuntimeMax)
	if p, ok := w.spec.Property("RuntimeRandomizedExtraSec"); ok {
		limit += " and up to " + property.FormatSpan(p.Span()) + " more"
	}
	return limit
}
