package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/journal"
	"gorun/internal/process"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// What --if-running asks for. Empty is as fail, but that a failed unit that is kept is
// in the way.
const (
	failIfRunning    = "fail"
	skipIfRunning    = "skip"
	waitIfRunning    = "wait"
	replaceIfRunning = "replace"
)

// readIfRunning reads what to do if the run before is still going.
func (o *options) readIfRunning(c *cli.Context) error {
	o.ifRunning = c.String("if-running")
	known := []string{"", failIfRunning, skipIfRunning, waitIfRunning, replaceIfRunning}
	switch typed := "--if-running=" + o.ifRunning; {
	case !slices.Contains(known, o.ifRunning):
		return &usageError{option: typed, reason: "want fail, skip, wait or replace"}
	case o.ifRunning != "" && o.unit == "":
		return &usageError{option: typed, reason: "goes with --unit, the name by which runs are the same"}
	}
	return nil
}

// errSkipped tells that there is nothing to be done.
var errSkipped = errors.New("skipped")

// turn is this run's among those of the same unit.
type turn struct {
	options *options
	spec    scope.Spec
	tui     *terminal
	lock    *os.File  // held by one of those that wait; nil if it is not ours
	unclear time.Time // since when the unit has neither been running nor gone
}

// enterInTurn enters the scope, after having dealt with another run of that name. The
// manager is the judge: a name is one unit's.
func enterInTurn(supervisor *supervise.Supervisor, o *options, spec scope.Spec, tui *terminal) (s *scope.Scope, err error) {
	t := &turn{options: o, spec: spec, tui: tui}
	defer t.end()
	for {
		err = supervisor.During(func() (err error) {
			s, err = enter(o, spec, tui)
			return err
		})
		var exists *scope.UnitExistsError
		if o.ifRunning == "" || !errors.As(err, &exists) || exists.Unit != spec.Unit {
			return s, err
		}
		if err := supervisor.Meanwhile(func() error { return t.await(exists) }); err != nil {
			return nil, err
		}
	}
}

func (t *turn) end() {
	if t.lock != nil {
		t.lock.Close()
	}
}

// await returns when it is worth to try again.
func (t *turn) await(exists *scope.UnitExistsError) error {
	ctx, cancel := context.WithTimeout(context.Background(), manageTimeout)
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
	case !slices.Contains(state.Documentation, documentation):
		return &strangerError{exists}
	case state.Active == "failed":
		return other.ResetFailed(ctx)
	case !slices.Contains([]string{"active", "activating", "deactivating"}, state.Active):
		return fmt.Errorf("%w, and is %s", exists, state.Active)
	}
	t.unclear = time.Time{}
	return t.dealWith(ctx, other, state, exists)
}

// lookAgain waits for a unit that is about to start, or has just ended, to show. Of
// many that wait only one looks.
func (t *turn) lookAgain(ctx context.Context, exists *scope.UnitExistsError) error {
	if t.options.ifRunning == waitIfRunning && t.lock == nil {
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
	// Who has just come may be first each time; who waits has no deadline.
	if t.options.ifRunning != waitIfRunning && time.Since(t.unclear) > scope.StartTimeout {
		return exists
	}
	return nil
}

// dealWith does what was asked for if a run is still going.
func (t *turn) dealWith(ctx context.Context, other *scope.Scope, state scope.State, exists *scope.UnitExistsError) error {
	mode := t.options.ifRunning
	if own, err := cgroup.PathOf(0); err == nil && (mode == waitIfRunning || mode == replaceIfRunning) && isBelow(own, other.Cgroup) {
		return &usageError{option: "--if-running=" + mode, reason: "this is " + other.Unit + " itself, which would wait for its own end"}
	}
	switch mode {
	case skipIfRunning:
		return t.skip(other)
	case waitIfRunning:
		return t.wait(other)
	case replaceIfRunning:
		return stopForReplacement(other, state)
	}
	return exists
}

// skip tells a run that is still going from what an ended one has left behind, which
// would have all later runs skipped.
func (t *turn) skip(other *scope.Scope) error {
	if record, err := readRunRecord(other); err == nil && record.isOver(other) {
		left, err := membersOf(other)
		if err != nil || len(left) == 0 {
			return err // it ends right now
		}
		return &leftoverError{other.Unit, other.Manager, left}
	}
	if t.options.verbose {
		t.tui.printf("gorun: %s is still running; skipped\n", other.Unit)
	}
	if !t.options.noRecord {
		journal.Send(skipEntry(other)) // as with other records, there may be no journal
	}
	return errSkipped
}

// skipID is the MESSAGE_ID of the entry that each skipped run leaves in the journal.
const skipID = "8c5b2f6a0d9e4f58a1f7c3bb62d4e917"

func skipEntry(other *scope.Scope) journal.Entry {
	return journal.Entry{
		Message: other.Unit + ": skipped, since the run before is still going", ID: skipID, Priority: journal.Notice,
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
			list = append(list, fmt.Sprintf("%s (process %d)", printable(p.Name), pid))
		}
	}
	return list, err
}

// wait waits for the end of the other run. Of many that wait one waits for that, the
// others for their turn, so that an end does not wake them all. There is no deadline.
func (t *turn) wait(other *scope.Scope) error {
	if t.lock == nil {
		if isOurs, err := t.queueUp(other.RuntimeDir()); isOurs || err != nil {
			return err // by now it is another run's end that is to be waited for
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

// queueUp waits for the lock of those that wait for runs of a unit. Where that is in the
// system's folder, which is root's, others have none, and all wait for the end.
func (t *turn) queueUp(runtimeDir string) (isOurs bool, err error) {
	t.lock, err = lockFile(runFile(runtimeDir, t.spec.Unit, ".lock"))
	if errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// lockFile waits for a lock, which whoever ends gives back.
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

// stopSlack is what the manager may take beyond the time that the run has to stop.
const stopSlack = 10 * time.Second

// stopForReplacement stops the other run, within the time that it has for that.
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

// isBelow tells whether a cgroup is within another.
func isBelow(path, top string) bool {
	return cgroup.Contains(top, path)
}

// strangerError tells that a unit is not gorun's.
type strangerError struct{ exists *scope.UnitExistsError }

func (e *strangerError) Error() string { return e.exists.Error() + ", and is no run of gorun's" }

func (e *strangerError) Unwrap() error { return e.exists }

// leftoverError tells that what an ended COMMAND has left behind holds the unit.
type leftoverError struct {
	unit    string
	manager scope.Manager
	left    []string
}

func (e *leftoverError) Error() string {
	return e.unit + ": the run has ended, but what it has left behind holds the unit: " + strings.Join(e.left, ", ")
}
