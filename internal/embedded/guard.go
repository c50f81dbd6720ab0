package embedded

import (
	"context"
	"sync"
	"time"
)

// guard watches a run in the place of a manager, in goroutines of its supervisor.
type guard struct {
	mu     sync.Mutex
	cancel context.CancelFunc // nil if nothing watches
	ctx    context.Context
	done   sync.WaitGroup
}

// start begins to watch.
func (g *guard) start(watch func(context.Context)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cancel == nil {
		g.ctx, g.cancel = context.WithCancel(context.Background())
	}
	ctx := g.ctx
	g.done.Go(func() { watch(ctx) })
}

// end ends the watch. A stop that has begun is cut short: the caller ends the run.
func (g *guard) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cancel != nil {
		g.cancel()
		g.done.Wait()
		g.cancel = nil
	}
}

// needsGuard reports whether the run is watched: for its time limit, or for OOM kills.
func (r *Run) needsGuard() bool {
	c := r.record.Conduct
	return c.RuntimeMax > 0 || c.OOMPolicy == "stop"
}

// Guard watches the run until [Run.Release], or until it has been stopped: at its time limit, and
// if its OOMPolicy is "stop" after an OOM kill. It returns at once. A run is guarded once.
func (r *Run) Guard() {
	if r.needsGuard() {
		r.guard.start(r.watch)
	}
}

// stopLate stops the run again if a stop has begun already. It may have found no process: each is
// started before this looks, or is found by whoever stops the run later.
func (r *Run) stopLate() {
	if why, _ := r.stopping(); why != "" { // if it has gone, nothing is known
		r.guard.start(func(ctx context.Context) { r.Stop(ctx, why) }) // as watch
	}
}

// stopping is why the run is being stopped. Empty if it is not. The error is that of [Run.refresh].
func (r *Run) stopping() (why Result, err error) {
	err = r.refresh()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Stopping, err
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
	if r.record.Conduct.OOMPolicy == "stop" && r.group.isMade() {
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
	for events, err := range r.group.at.WatchMemory(ctx) {
		if err != nil {
			return false // there is no memory controller, or the run has ended
		}
		if events.OOMKill > 0 {
			return true
		}
	}
	return false
}
