package manage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorun/scope"
	"gorun/scope/property"
)

// stopSlack is how much longer than TimeoutStopSec the manager may take to stop a run.
const stopSlack = 30 * time.Second

// maxStops is how many runs are stopped at a time. Each takes a connection.
const maxStops = 200

// Stop stops runs, all at the same time, and waits until they have ended. A run gets as long as
// its TimeoutStopSec says. That a run has ended is no error.
func Stop(ctx context.Context, list []*Target) []*Action {
	actions := make([]*Action, len(list))
	places := make(chan struct{}, maxStops)
	var all sync.WaitGroup
	for i, t := range list {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			actions[i] = t.acted(t.stop(ctx))
		})
	}
	all.Wait()
	return actions
}

func (t *Target) stop(ctx context.Context) (Done, error) {
	if t.hasEnded() {
		return Ended, nil
	}
	ctx, cancel, limit := withinStop(ctx, t.state.StopTimeout)
	defer cancel()
	result, err := t.scope.StopResult(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Failed, fmt.Errorf("stop %s: still running after %s", t.Unit, property.FormatSpan(limit))
	case err != nil:
		return Failed, err
	case result == scope.TimedOut && t.state.Result == scope.Success:
		return Killed, nil
	}
	return Stopped, nil
}

// withinStop bounds the wait for a stop. Without a TimeoutStopSec there is no bound.
func withinStop(parent context.Context, timeout time.Duration) (ctx context.Context, cancel context.CancelFunc, limit time.Duration) {
	if timeout == property.Infinity {
		ctx, cancel = context.WithCancel(parent)
		return ctx, cancel, timeout
	}
	limit = timeout + stopSlack
	ctx, cancel = context.WithTimeout(parent, limit)
	return ctx, cancel, limit
}
