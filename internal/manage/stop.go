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
		limit += stopSlack
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	for i, stopped := range scope.StopAll(ctx, scopes) {
		actions[running[i]] = list[running[i]].stopped(stopped, limit)
	}
	return actions
}

// LeftError means that a run has been stopped, and processes of it still run, as with KillMode=none
// or SendSIGKILL=no.
type LeftError struct {
	Unit     string
	Dir      string // of the cgroup that has them; empty without a cgroup
	Embedded bool   // no manager has stopped the run
}

func (e *LeftError) Error() string {
	if e.Embedded {
		return "stop " + e.Unit + ": processes of the run keep running, and its properties say that they are not killed"
	}
	return "stop " + e.Unit + ": the manager has ended the scope, and has left processes of it running"
}

// stopped says what became of a run that was to be stopped. waited is how long the manager had.
func (t *Target) stopped(s scope.Stopped, waited time.Duration) *Action {
	done, err := t.ending(s, waited)
	a := t.acted(done, err)
	a.Unasked = done == Killed && (s.Result != scope.TimedOut || t.state.Result != scope.Success)
	return a
}

func (t *Target) ending(s scope.Stopped, waited time.Duration) (Done, error) {
	switch late := (*scope.TimeoutError)(nil); {
	case errors.As(s.Err, &late):
		return Failed, s.Err
	case errors.Is(s.Err, context.DeadlineExceeded):
		return Failed, fmt.Errorf("stop %s: still running after %s", t.Unit, property.FormatSpan(waited))
	case s.Err != nil:
		return Failed, s.Err
	case s.Left:
		group, _ := t.scope.Group() // it was there
		return Failed, &LeftError{t.Unit, group.Dir, t.scope.IsEmbedded()}
	case s.Ended:
		return Ended, nil
	case s.Killed:
		return Killed, nil
	case s.Result == scope.Success && t.state.Result == scope.Success:
		return Stopped, nil
	}
	// The manager has said nothing, or a result of before the stop, such as that of the time limit.
	return Unknown, nil
}
