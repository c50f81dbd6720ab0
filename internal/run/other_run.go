package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorun/cgroup"
	"gorun/internal/journal"
	"gorun/internal/multiplexer"
	"gorun/internal/process"
	"gorun/scope"
	"gorun/scope/property"
)

// skip skips this run if the other one is still running. Leftover processes of a run
// that has ended are an error: because of them all later runs would be skipped.
func (t *turn) skip(other *scope.Scope) error {
	if record, err := readProcesses(other); err == nil && record.isOver(other) {
		left, err := membersOf(other)
		if err != nil || len(left) == 0 {
			return err // it ends right now
		}
		if !slices.ContainsFunc(left, isSupervisor) { // else another run has joined it
			return newLeftoverError(other, left)
		}
	}
	t.Tell(Skipped{other.Unit})
	if !t.NoRecord {
		journal.Send(skipEntry(other)) // there may be no journal
	}
	return errSkipped
}

// skipID is the MESSAGE_ID of the entry that each skipped run leaves in the journal.
const skipID = "8c5b2f6a0d9e4f58a1f7c3bb62d4e917"

func skipEntry(other *scope.Scope) journal.Entry {
	return journal.Entry{
		Message: other.Unit + ": skipped, because the run before is still running", ID: skipID, Priority: journal.Notice,
		Unit: other.Unit, OfUser: other.Manager == scope.UserManager,
		Fields: map[string]string{journal.InvocationField: other.InvocationID}, // it belongs to the other run's log
	}
}

// membersOf finds the processes of a scope.
func membersOf(s *scope.Scope) ([]process.Process, error) {
	pids, err := s.Processes()
	if errors.Is(err, cgroup.ErrGone) {
		return nil, nil
	}
	var list []process.Process
	for _, pid := range pids {
		if p, err := process.Read(pid); err == nil { // else it has ended
			list = append(list, p)
		}
	}
	return list, err
}

// newLeftoverError describes the leftover processes of a run.
func newLeftoverError(s *scope.Scope, left []process.Process) *LeftoverError {
	e := &LeftoverError{Unit: s.Unit, Manager: s.Manager}
	for _, p := range left {
		e.Processes = append(e.Processes, fmt.Sprintf("%s (process %d)", p.Name, p.PID))
		e.Multiplexer = cmp.Or(e.Multiplexer, multiplexer.Server(p))
	}
	return e
}

// wait waits until the other run has ended, and its name is free. Of many waiting runs one waits
// for that, and the others for its lock, so that an end does not wake them all. There is no
// deadline.
func (t *turn) wait(other *scope.Scope) error {
	if t.lock == nil {
		if isOurs, err := t.queueUp(other.RuntimeDir()); isOurs || err != nil {
			return err // by now another run may have the name
		}
	}
	return other.WaitFree(context.Background())
}

// stopSlack is how much longer than TimeoutStopSec the manager may take to stop a run.
const stopSlack = 10 * time.Second

// stopForReplacement stops the other run, within its TimeoutStopSec.
func stopForReplacement(other *scope.Scope, state scope.State) error {
	ctx, cancel, limit := withinStop(state)
	defer cancel()
	err := other.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop %s: still running after %s", other.Unit, property.FormatSpan(limit))
	}
	return err
}

// withinStop bounds the wait for a stop of the other run. Without a TimeoutStopSec there is no
// bound.
func withinStop(state scope.State) (ctx context.Context, cancel context.CancelFunc, limit time.Duration) {
	if state.StopTimeout == property.Infinity {
		ctx, cancel = context.WithCancel(context.Background())
		return ctx, cancel, state.StopTimeout
	}
	limit = state.StopTimeout + stopSlack
	ctx, cancel = context.WithTimeout(context.Background(), limit)
	return ctx, cancel, limit
}
