package embedded

import (
	"context"
	"sync"
	"time"
)

// guard watches a run in the place of a manager, in a goroutine of its supervisor.
type guard struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// needsGuard reports whether the run is watched: for its time limit, or for OOM kills.
func (r *Run) needsGuard() bool {
	c := r.record.Conduct
	return c.RuntimeMax > 0 || c.OOMPolicy == "stop"
}

// Guard watches the run until [Run.Release], or until it has been stopped: at its time limit, and
// if its OOMPolicy is "stop" after an OOM kill. It returns at once. A run is guarded once.
func (r *Run) Guard() {
	if !r.needsGuard() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.guard = &guard{cancel: cancel}
	r.guard.done.Go(func() { r.watch(ctx) })
}

// end ends the watch. A stop that has begun is cut short: the caller ends the run.
func (g *guard) end() {
	if g != nil {
		g.cancel()
		g.done.Wait()
	}
}

// watch stops the run when it has to end.
func (r *Run) watch(ctx context.Context) {
	why, ok := r.awaitReason(ctx)
	if ok {
		r.Stop(ctx, why) // the run has ended, or nobody could end it
	}
}

// awaitReason waits for a reason to stop the run.
func (r *Run) awaitReason(ctx context.Context) (why Result, ok bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reasons := make(chan Result, 2)
	if c := r.record.Conduct; c.RuntimeMax > 0 {
		timer := time.AfterFunc(max(0, c.RuntimeMax-r.Age()), func() { reasons <- TimedOut })
		defer timer.Stop()
	}
	var waiting sync.WaitGroup
	defer waiting.Wait()
	if r.record.Conduct.OOMPolicy == "stop" && r.record.Dir != "" {
		waiting.Go(func() {
			if r.awaitOOMKill(ctx) {
				reasons <- OOMKilled
			}
		})
	}
	defer cancel() // before the wait
	select {
	case why := <-reasons:
		return why, true
	case <-ctx.Done():
		return "", false
	}
}

// awaitOOMKill waits until the OOM killer has killed a process of the run.
func (r *Run) awaitOOMKill(ctx context.Context) bool {
	for events, err := range r.record.group().WatchMemory(ctx) {
		if err != nil {
			return false // there is no memory controller, or the run has ended
		}
		if events.OOMKill > 0 {
			return true
		}
	}
	return false
}
