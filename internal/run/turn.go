package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/journal"
	"gorun/internal/process"
	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// IfRunning says what to do if a run of the unit is still running.
type IfRunning string

const (
	// FailAlways fails, also if a failed unit is in the way that the manager keeps.
	FailAlways IfRunning = ""
	// Fail fails. A failed unit that the manager keeps is reset.
	Fail IfRunning = "fail"
	// Skip does not run COMMAND.
	Skip IfRunning = "skip"
	// Wait waits until the other run has ended.
	Wait IfRunning = "wait"
	// Replace stops the other run first.
	Replace IfRunning = "replace"
)

// turn is the wait for other runs of the unit.
type turn struct {
	*run
	lock    *os.File  // which one waiting run holds; nil if this run does not
	unclear time.Time // since when the unit has neither been running nor gone
}

// enterInTurn enters the scope, after dealing with another run of that name. The manager
// decides which run is first: only one unit can have the name.
func (r *run) enterInTurn() error {
	t := &turn{run: r}
	defer t.end()
	for {
		err := r.supervisor.During(r.enter)
		var exists *scope.UnitExistsError
		if r.IfRunning == FailAlways || !errors.As(err, &exists) || exists.Unit != r.Spec.Unit {
			return err
		}
		if err := r.supervisor.Meanwhile(func() error { return t.await(exists) }); err != nil {
			return err
		}
	}
}

// errSkipped means that COMMAND is not run.
var errSkipped = errors.New("skipped")

func (t *turn) end() {
	if t.lock != nil {
		t.lock.Close()
	}
}

// askTimeout bounds the questions about the other run. It is for managers that hang.
const askTimeout = 30 * time.Second

// await returns when the name may be free.
func (t *turn) await(exists *scope.UnitExistsError) error {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
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
	case !slices.Contains(state.Documentation, Documentation):
		return &NotOursError{exists}
	case state.Active == "failed":
		return other.ResetFailed(ctx)
	case !slices.Contains([]string{"active", "activating", "deactivating"}, state.Active):
		return fmt.Errorf("%w, and is %s", exists, state.Active)
	}
	t.unclear = time.Time{}
	return t.dealWith(ctx, other, state, exists)
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

// dealWith does what IfRunning says about a run that is still running.
func (t *turn) dealWith(ctx context.Context, other *scope.Scope, state scope.State, exists *scope.UnitExistsError) error {
	mode := t.IfRunning
	if own, err := cgroup.PathOf(0); err == nil && (mode == Wait || mode == Replace) && cgroup.Contains(other.Cgroup, own) {
		return &OwnRunError{mode, other.Unit}
	}
	switch mode {
	case Skip:
		return t.skip(other)
	case Wait:
		return t.wait(other)
	case Replace:
		return stopForReplacement(other, state)
	}
	return exists
}

// skip skips this run if the other one is still running. Leftover processes of a run
// that has ended are an error: because of them all later runs would be skipped.
func (t *turn) skip(other *scope.Scope) error {
	if record, err := readProcesses(other); err == nil && record.isOver(other) {
		left, err := membersOf(other)
		if err != nil || len(left) == 0 {
			return err // it ends right now
		}
		return &LeftoverError{other.Unit, other.Manager, left}
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
	}
}

// membersOf describes the processes of a scope.
func membersOf(s *scope.Scope) ([]string, error) {
	group, err := s.Group()
	var pids []int
	if err == nil {
		pids, err = group.Processes()
	}
	if errors.Is(err, cgroup.ErrGone) {
		return nil, nil
	}
	var list []string
	for _, pid := range pids {
		if p, err := process.Read(pid); err == nil { // else it has ended
			list = append(list, fmt.Sprintf("%s (process %d)", text.Printable(p.Name), pid))
		}
	}
	return list, err
}

// wait waits until the other run has ended. Of many waiting runs one waits for that, and
// the others for its lock, so that an end does not wake them all. There is no deadline.
func (t *turn) wait(other *scope.Scope) error {
	if t.lock == nil {
		if isOurs, err := t.queueUp(other.RuntimeDir()); isOurs || err != nil {
			return err // by now another run may have the name
		}
	}
	group, err := other.Group()
	if err == nil {
		err = group.WaitEmpty(context.Background())
	}
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	return err
}

// queueUp waits for the lock of the runs that wait for the unit. Users other than root
// cannot write to the system's directory. There all runs wait for the end.
func (t *turn) queueUp(runtimeDir string) (isOurs bool, err error) {
	t.lock, err = lockFile(unitFile(runtimeDir, t.Spec.Unit, ".lock"))
	if errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// lockFile waits for a lock. It is released when its process ends.
func lockFile(file string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err == nil {
			return f, nil
		}
		if err != unix.EINTR {
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: file, Err: err}
		}
	}
}

// stopSlack is how much longer than TimeoutStopSec the manager may take to stop a run.
const stopSlack = 10 * time.Second

// stopForReplacement stops the other run, within its TimeoutStopSec.
func stopForReplacement(other *scope.Scope, state scope.State) error {
	ctx, cancel := context.WithCancel(context.Background())
	limit := state.StopTimeout
	if limit != property.Infinity {
		limit += stopSlack
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	err := other.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop %s: still running after %s", other.Unit, property.FormatSpan(limit))
	}
	return err
}

// OwnRunError means that gorun was started within the run that it would wait for.
type OwnRunError struct {
	IfRunning IfRunning
	Unit      string
}

func (e *OwnRunError) Error() string {
	return "this is " + e.Unit + " itself, which would wait for its own end"
}

// NotOursError means that the unit was not started by gorun.
type NotOursError struct{ Exists *scope.UnitExistsError }

func (e *NotOursError) Error() string { return e.Exists.Error() + ", and was not started by gorun" }

func (e *NotOursError) Unwrap() error { return e.Exists }

// LeftoverError means that leftover processes of a run that has ended keep its unit.
type LeftoverError struct {
	Unit      string
	Manager   scope.Manager
	Processes []string // NAME (process PID)
}

func (e *LeftoverError) Error() string {
	return e.Unit + ": the run has ended, but its leftover processes keep the unit: " + strings.Join(e.Processes, ", ")
}
