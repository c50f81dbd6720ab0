package main

import (
	"time"

	"gorun/cgroup"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// ending is all that is known of a run that has ended, or is about to.
type ending struct {
	evidence
	at    time.Time
	stats cgroup.Stats // with gorun's own share
}

// look gathers how the run is ending: first the kernel's figures, by which it is seen
// whether the manager has to be asked.
func (w *watch) look(status supervise.Status) ending {
	e := ending{at: time.Now()}
	e.status, e.ran = status, e.at.Sub(w.begun)
	if w.scope == nil {
		return e
	}
	// What cannot be read is nil, as what the kernel does not say.
	e.stats, _ = w.scope.Stats()
	e.oomKills = oomKills(e.stats)
	if w.stopped || w.outlasted || e.needsManager(w.stopSignal(), w.isOverdue()) {
		w.isStopping()
	}
	e.state = w.state
	return e
}

// tell says why the run ends, if that is not COMMAND's own doing, and what the OOM
// killer has done. What was said is not said again.
func (w *watch) tell(e ending) {
	why := w.why(e)
	if why != "" && (w.told == nil || w.told.oomKills != e.oomKills) {
		w.tui.ended(w.scope.Unit, why)
	}
	w.told = &e.evidence
}

func (w *watch) why(e ending) string {
	text := w.stopWords(e.evidence)
	switch {
	case e.oomKills > 0 && text != "":
		return text + "; " + oomWords(e.stats, w.victims(e.evidence))
	case e.oomKills > 0:
		return oomWords(e.stats, w.victims(e.evidence))
	case e.outcome() == oomKilled:
		return "killed for lack of memory, by systemd-oomd or the kernel"
	}
	return text
}

// stopWords says why the scope was stopped, "" if it was not or the OOM killer is why.
func (w *watch) stopWords(e evidence) string {
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
	text := property.FormatSpan(state.RuntimeMax)
	if p, ok := w.spec.Property("RuntimeRandomizedExtraSec"); ok {
		text += " and up to " + property.FormatSpan(p.Span()) + " more"
	}
	return text
}
