package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorun/scope"
	"gorun/scope/property"
)

// stopSlack is how much longer than TimeoutStopSec the manager may take to stop a run.
const stopSlack = 30 * time.Second

// Stop stops runs, all at the same time, and waits until they have ended, as long as the longest
// TimeoutStopSec says. That a run has ended is no error.
func Stop(ctx context.Context, list []*Target) []*Action {
	actions := make([]*Action, len(list))
	var running []int // in the list
	var scopes []*scope.Scope
	limit := time.Duration(0)
	for i, t := range list {
		if t.hasEnded() {
			actions[i] = t.acted(Ended, nil)
			continue
		}
		running, scopes, limit = append(running, i), append(scopes, t.scope), max(limit, t.state.StopTimeout)
	}
	if limit != property.Infinity {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit+stopSlack)
		defer cancel()
	}
	for i, stopped := range scope.StopAll(ctx, scopes) {
		t := list[running[i]]
		actions[running[i]] = t.acted(t.isStopped(stopped))
	}
	return actions
}

// isStopped says what became of a run that was to be stopped.
func (t *Target) isStopped(s scope.Stopped) (Done, error) {
	switch {
	case errors.Is(s.Err, context.DeadlineExceeded):
		return Failed, fmt.Errorf("stop %s: still running after %s", t.Unit, property.FormatSpan(t.state.StopTimeout))
	case s.Err != nil:
		return Failed, s.Err
	case s.Result == scope.TimedOut && t.state.Result == scope.Success:
		return Killed, nil
	}
	return Stopped, nil
}
