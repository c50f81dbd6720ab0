package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/unitname"
	"gorun/scope"
)

// IfRunning says what to do if a run of the unit is still running.
type IfRunning string

const (
	// FailAlways fails, also if the unit has failed and is only kept.
	FailAlways IfRunning = ""
	// Fail fails. A failed unit that the manager keeps is reset.
	Fail IfRunning = "fail"
	// Skip does not run COMMAND.
	Skip IfRunning = "skip"
	// Wait waits until the other run has ended.
	Wait IfRunning = "wait"
	// Replace stops the other run first.
	Replace IfRunning = "replace"
	// Join starts COMMAND in the other run's scope.
	Join IfRunning = "join"
	// JoinSame is Join if the other run is one of the multiplexer that COMMAND is, and
	// otherwise FailAlways.
	JoinSame IfRunning = "join-same"
)

// mayJoin reports whether the other run may be joined.
func (how IfRunning) mayJoin() bool { return how == Join || how == JoinSame }

// turn is the wait for other runs of the unit.
type turn struct {
	*run
	lock    *os.File  // which one waiting run holds; nil if this run does not
	unclear time.Time // since when the unit has neither been running nor gone
	asked   time.Time // before the manager was asked about the other run
	host    *host     // the run to join; nil for none
	missed  time.Time // since when runs have ended that were about to be joined
}

// enterInTurn enters the scope, after dealing with another run of that name. The manager
// decides which run is first: only one unit can have the name.
func (r *run) enterInTurn() error {
	t := &turn{run: r}
	defer t.end()
	for {
		err := r.supervisor.During(t.enter)
		if errors.Is(err, errMissed) {
			continue
		}
		if held := (*scope.HeldError)(nil); errors.As(err, &held) && held.Exists.Unit == r.Spec.Unit {
			if err := r.awaitHooks(held); err != nil {
				return err
			}
			continue
		}
		var exists *scope.UnitExistsError
		if r.IfRunning == FailAlways || !errors.As(err, &exists) || exists.Unit != r.Spec.Unit {
			return err
		}
		if err := r.supervisor.Meanwhile(func() error { return t.await(exists) }); err != nil {
			return err
		}
	}
}

// awaitHooks waits for the hooks of an earlier run, whatever IfRunning says: that run has ended.
func (r *run) awaitHooks(held *scope.HeldError) error {
	return r.supervisor.Meanwhile(func() error { return held.Wait(context.Background()) })
}

// errSkipped means that COMMAND is not run.
var errSkipped = errors.New("skipped")

func (t *turn) end() {
	if t.lock != nil {
		t.lock.Close()
	}
}

// askTimeout is how long the manager may be silent when it is asked about the other run. It
// is for managers that hang.
const askTimeout = 30 * time.Second

// await returns when the name may be free.
func (t *turn) await(exists *scope.UnitExistsError) error {
	ctx, cancel := bus.WithSilenceLimit(context.Background(), askTimeout)
	defer cancel()
	if exists.Unknown.Dir != "" {
		return t.awaitUnknown(exists)
	}
	t.asked = time.Now()
	other, err := scope.Open(ctx, exists.Manager, exists.Unit)
	var state scope.State
	if err == nil {
		state, err = other.State(ctx)
	}
	switch {
	case errors.Is(err, scope.ErrEnded):
		return t.lookAgain(ctx, exists)
	case err != nil:
		return err
	case state.Active == "inactive":
		return t.lookAgain(ctx, exists)
	case !slices.Contains(state.Documentation, unitname.Documentation):
		return &NotOursError{exists}
	case state.Active == "failed" && t.IfRunning == JoinSame:
		return exists
	case state.Active == "failed":
		return other.ResetFailed(ctx)
	case state.Active == "activating" && t.IfRunning.mayJoin():
		return t.lookAgain(ctx, exists)
	case !slices.Contains([]string{"active", "activating", "deactivating"}, state.Active):
		return fmt.Errorf("%w, and is %s", exists, state.Active)
	}
	t.unclear = time.Time{}
	return t.dealWith(ctx, other, state, exists)
}

// awaitUnknown waits until a cgroup of the name has no process. That is all that can be done about
// processes of a run that nobody has noted.
func (t *turn) awaitUnknown(exists *scope.UnitExistsError) error {
	if t.IfRunning != Wait {
		return exists
	}
	return exists.Unknown.WaitEmpty(context.Background())
}

// lookAgain gives a unit that is about to start, or has just ended, time to become
// clear. Of many waiting runs only one looks.
func (t *turn) lookAgain(ctx context.Context, exists *scope.UnitExistsError) error {
	if t.IfRunning == Wait && t.lock == nil {
		dir, err := exists.Manager.RuntimeDir(ctx)
		if err != nil {
			return err
		}
		if isOurs, err := t.queueUp(dir); isOurs || err != nil {
			return err
		}
	}
	if t.unclear.IsZero() {
		t.unclear = time.Now()
	}
	// A run that has just come may get the name each time. A run that waits has no
	// deadline.
	if t.IfRunning != Wait && time.Since(t.unclear) > scope.StartTimeout {
		return exists
	}
	return nil
}

// isWithin reports whether this process is in a scope.
func isWithin(s *scope.Scope) bool {
	if s.Cgroup == "" {
		pids, err := s.Processes()
		return err == nil && slices.Contains(pids, os.Getpid())
	}
	own, err := cgroup.PathOf(0)
	return err == nil && cgroup.Contains(s.Cgroup, own)
}

// dealWith does what IfRunning says about a run that is still running.
func (t *turn) dealWith(ctx context.Context, other *scope.Scope, state scope.State, exists *scope.UnitExistsError) error {
	mode := t.IfRunning
	waits := mode == Wait || mode == Replace || mode.mayJoin() && state.Stopping()
	if waits && isWithin(other) {
		return &OwnRunError{mode, other.Unit}
	}
	switch mode {
	case Join, JoinSame:
		if mode == JoinSame && !t.isSame(state) {
			return exists
		}
		return t.joinNext(other, state)
	case Skip:
		return t.skip(other)
	case Wait:
		return t.wait(other)
	case Replace:
		return stopForReplacement(other, state)
	}
	return exists
}
