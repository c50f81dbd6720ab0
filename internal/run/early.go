package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorun/internal/bus"
	"gorun/internal/report"
	"gorun/internal/signals"
	"gorun/internal/supervise"
	"gorun/scope"
)

// lastWords says why the scope ends, if it ends before COMMAND could start, also in the report,
// and returns how gorun has to end: as it does when the time limit ends COMMAND. Any other
// end is that of the signals. The launch, which may still be busy, is not asked.
func (r *run) lastWords(list []signals.Info) (status supervise.Status, ends bool) {
	w := r.watch
	if !w.isOverdue() && !slices.ContainsFunc(list, func(i signals.Info) bool { return w.isOfStop(i.Signal) }) {
		return supervise.Status{}, false
	}
	e := evidence{ran: time.Since(w.begun)}
	timeout := questionTimeout
	if w.isOverdue() {
		timeout = stopperTimeout
	}
	e.state, _ = stateOfOwn(w.spec, timeout) // without an answer nothing is known
	if why := w.stopReason(e); why != "" {
		r.supervisor.LastWords = nil // they are not said twice
		w.say(Ending{w.spec.Unit, why + " before COMMAND could start"})
		r.reportFailure(errors.New(why))
	}
	return e.exit(), e.outcome() == report.TimedOut
}

// stateOfOwn asks the manager for the state of the scope that is described. It is zero if this
// process is not in the scope.
func stateOfOwn(spec scope.Spec, timeout time.Duration) (scope.State, error) {
	if !scope.Entered(spec.Unit) {
		return scope.State{}, nil
	}
	ctx, cancel := bus.WithSilenceLimit(context.Background(), timeout)
	defer cancel()
	s, err := scope.Open(ctx, spec.Manager, spec.Unit)
	if err != nil {
		return scope.State{}, err
	}
	return s.State(ctx)
}
