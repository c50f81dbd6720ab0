package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"gorun/internal/bus"
	"gorun/internal/multiplexer"
	"gorun/internal/process"
	"gorun/scope"
	"gorun/scope/property"
)

// host is a run that another one joins.
type host struct {
	scope *scope.Scope
	state scope.State
	begun time.Time // not later than the scope's start
}

// errMissed means that the run that was to be joined has ended.
var errMissed = errors.New("the run has ended")

// isSame reports whether the other run is one of the multiplexer that COMMAND is. The unit
// says so from its start to its end: the server may not run yet, or not any more.
func (t *turn) isSame(other scope.State) bool {
	name := multiplexer.Of(t.Command)
	return name != "" && slices.Contains(other.Documentation, multiplexer.Documentation(name))
}

// joinNext makes the next attempt join the other run. If that is being stopped, this one
// waits for its end, and then starts a scope.
func (t *turn) joinNext(other *scope.Scope, state scope.State) error {
	if !state.Stopping() {
		t.host = &host{other, state, t.asked.Add(-state.Age)}
		return nil
	}
	ctx, cancel, limit := withinStop(state)
	defer cancel()
	err := other.WaitEmpty(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("join %s: it is being stopped, and still running after %s", other.Unit, property.FormatSpan(limit))
	}
	if err != nil {
		return err
	}
	return other.WaitFree(context.Background()) // as awaitHooks, which is for a manager's scopes
}

// enter starts the scope, or joins the run that is to be joined. The error is errMissed if
// that run has ended: now the name may be free. If each run that has the name ends before it
// can be joined, that is an error in the end.
func (t *turn) enter() error {
	h := t.host
	if h == nil {
		return t.run.enter()
	}
	t.host = nil
	err := t.join(h)
	if !errors.Is(err, scope.ErrEnded) {
		return err
	}
	t.joined = false
	return t.missedSince(time.Now())
}

// missedSince returns errMissed, or after too long an error.
func (t *turn) missedSince(now time.Time) error {
	if t.missed.IsZero() {
		t.missed = now
	}
	if now.Sub(t.missed) > scope.StartTimeout {
		return fmt.Errorf("join %s: each run of that name ended before it could be joined, for %s", t.Spec.Unit, property.FormatSpan(scope.StartTimeout))
	}
	return errMissed
}

// join moves this process into the scope of another run. After an error it may be there, too.
func (r *run) join(h *host) error {
	r.joined = true
	ctx, cancel := bus.WithSilenceLimit(context.Background(), askTimeout)
	defer cancel()
	if err := r.checkUser(h.scope); err != nil {
		return err
	}
	stop, err := h.scope.StopSignal(ctx)
	if err != nil {
		return err
	}
	if err := h.scope.Join(ctx, r.Spec); err != nil {
		return err
	}
	r.scope = h.scope
	r.watch.joined(h, stop)
	r.Output.Share()
	r.Tell(Joined{h.scope})
	if r.AtEnd != Leave && r.AtEnd != "" {
		r.Tell(Warning{&AtEndError{r.AtEnd, errShared}})
	}
	return r.surviveFirst()
}

// errShared means that nobody knows which processes COMMAND has left behind.
var errShared = errors.New("left alone in the scope of another run, where they cannot be told from that run's")

// checkUser makes sure that a scope of the system's has processes of the user that COMMAND
// runs as. A user's manager has no other users' scopes.
func (r *run) checkUser(other *scope.Scope) error {
	if other.Manager != scope.SystemManager {
		return nil
	}
	uid := os.Getuid()
	if r.Identity != nil {
		uid = r.Identity.UID
	}
	list, err := membersOf(other)
	list = slices.DeleteFunc(list, isSupervisor) // it is root's, whoever COMMAND is run as
	isUsers := func(p process.Process) bool { return p.UID == uid }
	if err == nil && len(list) > 0 && !slices.ContainsFunc(list, isUsers) { // a run that has just begun has none
		return &OtherUserError{Unit: other.Unit, UID: uid}
	}
	return err
}

// isSupervisor reports whether a process is gorun.
func isSupervisor(p process.Process) bool { return p.Name == "gorun" }
