package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/safefile"
)

// Plan describes a run to be started.
type Plan struct {
	Unit          string
	Description   string
	Documentation []string
	// Needed are the controllers that the limits need.
	Needed  []string
	Conduct Conduct
}

// Run is a run without a service manager.
type Run struct {
	// RuntimeDir is the directory that has the state directory. Empty if none could be made: no
	// other process can then find the run.
	RuntimeDir string
	// Unkept is why no state directory could be made. Nil if one could.
	Unkept error
	// Plain is why the run has no group. Nil if it has one.
	Plain error
	// Lacks says for each controller that was needed and is missing why it is.
	Lacks map[string]string

	mu     sync.Mutex
	record record
	own    bool   // this process has started it, and has not released it
	guard  *guard // nil in other processes than the supervisor
}

// ExistsError means that a run of that name is running.
type ExistsError struct{ Unit string }

func (e *ExistsError) Error() string { return e.Unit + " is running already" }

// ErrEnded means that the run has ended.
var ErrEnded = errors.New("the run has ended")

// Start starts a run without a process, whose supervisor is the calling process. The error is an
// [*ExistsError], or from the system.
func Start(p Plan) (*Run, error) {
	r, err := newRun(p)
	if err != nil {
		return nil, err
	}
	at, err := findPlace(p.Needed)
	if err == nil {
		at.enableWanted()
		made := below(at.parent, p.Unit)
		r.record.Cgroup, r.record.Dir, r.Lacks = made.Path, made.Dir, at.lacks
	}
	r.Plain = err
	if err := r.register(); err != nil { // before there is anything to be found
		return nil, err
	}
	if r.Plain == nil {
		_, r.Plain = at.makeGroup(p.Unit)
	}
	if r.Plain == nil && len(r.Lacks) > 0 {
		r.addLegacy()
		r.save()
	}
	if r.Plain != nil {
		err = r.beWithoutGroup()
	}
	return r, err
}

// beWithoutGroup makes the run consist of the supervisor's descendants.
func (r *Run) beWithoutGroup() error {
	noted := r.record.Dir != ""
	r.record.Cgroup, r.record.Dir, r.Lacks = "", "", nil
	if err := becomeSubreaper(); err != nil {
		r.forget()
		return err
	}
	if noted {
		r.save()
	}
	return nil
}

func newRun(p Plan) (*Run, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, fmt.Errorf("make an invocation ID: %w", err)
	}
	return &Run{own: true, record: record{
		Unit: p.Unit, InvocationID: hex.EncodeToString(id[:]), Description: p.Description, Documentation: p.Documentation,
		Supervisor: identify(os.Getpid()), Began: time.Now().UTC(), Monotonic: monotonicNow(), Conduct: p.Conduct,
		Boot: bootID(), Namespace: namespace(),
	}}, nil
}

// register notes the run, if no other has its name. Where nothing can be noted, the run goes on
// without.
func (r *Run) register() error {
	dir, at, err := makeState()
	if err != nil {
		r.Unkept = err
		return nil
	}
	defer dir.Close()
	r.RuntimeDir = at
	err = locked(dir, func() error {
		name := recordName(r.record.Unit)
		other, err := readRecord(dir, name)
		if err == nil && other.isHere() && other.isRunning() {
			return &ExistsError{r.record.Unit}
		}
		if err == nil {
			other.removeGroup() // it is empty, or the new group cannot be made
		}
		return dir.WriteFile(name, r.record.encode(), 0o600)
	})
	if exists := (*ExistsError)(nil); errors.As(err, &exists) {
		return err
	}
	if err != nil {
		r.RuntimeDir, r.Unkept = "", err
	}
	return nil
}

// save notes what has changed. It is lost if it cannot be written: the run goes on.
func (r *Run) save() {
	if r.RuntimeDir == "" {
		return
	}
	dir, err := openState(r.RuntimeDir)
	if err != nil {
		return
	}
	defer dir.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	locked(dir, func() error {
		name := recordName(r.record.Unit)
		if kept, err := readRecord(dir, name); err == nil && kept.InvocationID == r.record.InvocationID && r.record.Stopping == "" {
			r.record.Stopping = kept.Stopping // another process has begun a stop
		}
		return dir.WriteFile(name, r.record.encode(), 0o600)
	})
}

// forget removes the record, if it is still that of this run.
func (r *Run) forget() {
	if r.RuntimeDir == "" {
		return
	}
	dir, err := openState(r.RuntimeDir)
	if err != nil {
		return
	}
	defer dir.Close()
	if r.own {
		dir.Remove(recordName(r.record.Unit)) // as long as this process lives, no other run has the name
		return
	}
	locked(dir, func() error { return removeRecord(dir, &r.record) })
}

// removeRecord removes a run's record. It is to be called with the lock.
func removeRecord(dir *safefile.Dir, r *record) error {
	name := recordName(r.Unit)
	if kept, err := readRecord(dir, name); err != nil || kept.InvocationID != r.InvocationID {
		return err // a later run has the name
	}
	return dir.Remove(name)
}

// Open finds a run by its name. The error is [ErrEnded] if there is none.
func Open(unit string) (*Run, error) {
	for _, at := range RuntimeDirs() {
		r, err := openIn(at, recordName(unit))
		if err == nil && r.record.Unit == unit {
			return r, nil
		}
		if err != nil && !errors.Is(err, ErrEnded) {
			return nil, err
		}
	}
	return nil, ErrEnded
}

// openIn reads a record of a run that is running.
func openIn(runtimeDir, name string) (*Run, error) {
	dir, err := openState(runtimeDir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, ErrEnded
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	kept, err := readRecord(dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return nil, ErrEnded
	case err != nil:
		return nil, err
	case !kept.isHere() || !kept.isRunning():
		return nil, ErrEnded
	}
	return &Run{RuntimeDir: runtimeDir, record: *kept}, nil
}

// List lists the runs that are running, in no order.
func List() (list []*Run) {
	for _, at := range RuntimeDirs() {
		dir, err := openState(at)
		if err != nil {
			continue // there is none, or it is another user's
		}
		for _, name := range recordNames(dir) {
			if r, err := openIn(at, name); err == nil {
				list = append(list, r)
			}
		}
		dir.Close()
	}
	return list
}

// Release ends the supervision by this process. The group and the record are removed, unless
// processes are left. It returns how many are; they are left alone, and their time limit, if there
// is one, is held by a keeper: a program that calls [Keep]. Empty means that there is none.
func (r *Run) Release(keeper string) (left int) {
	r.guard.end()
	if r.Killed() {
		r.waitFor(context.Background(), dying) // else they are found below
	}
	if r.record.Dir != "" && r.record.removeGroup() == nil {
		r.forget()
		return 0
	}
	pids, _ := r.Processes() // without a list, none is known
	if r.record.Dir == "" && len(pids) == 0 {
		r.forget()
		return 0
	}
	if r.record.Dir == "" {
		r.forget() // nobody finds them again
		return len(pids)
	}
	if r.needsGuard() && startKeeper(r, keeper) == nil {
		return len(pids)
	}
	r.record.Supervisor, r.own = identity{}, false
	r.save()
	return len(pids)
}

// dying bounds the wait for processes that have been killed. The kernel may take a while to free what
// they have.
const dying = time.Second

// Abandon undoes [Start], for a run that did not begin. Processes that were moved into its group
// are moved back, where they were not noted before.
func (r *Run) Abandon() {
	r.guard.end()
	r.record.removeGroup() // it is empty
	r.forget()
}

// NoteCommand notes which process is COMMAND, by which the run is known when its supervisor was
// killed and it has no group.
func (r *Run) NoteCommand(pid int) {
	if r.record.Dir != "" {
		return
	}
	r.record.Command = identify(pid)
	r.save()
}

// Unit is the run's name.
func (r *Run) Unit() string { return r.record.Unit }

// InvocationID identifies the run.
func (r *Run) InvocationID() string { return r.record.InvocationID }

// Cgroup is the path of the run's group. Empty if it has none.
func (r *Run) Cgroup() string { return r.record.Cgroup }

// Group is the run's group. It is zero if the run has none.
func (r *Run) Group() cgroup.Group { return r.record.group() }

// Conduct is how the run is ended.
func (r *Run) Conduct() Conduct { return r.record.Conduct }

// group is the run's group.
func (r *record) group() cgroup.Group { return cgroup.Group{Dir: r.Dir, Path: r.Cgroup} }

// removeGroup removes the run's group. It is no error if there is none.
func (r *record) removeGroup() error {
	if r.Dir == "" {
		return nil
	}
	if err := r.group().Remove(); err != nil {
		return err
	}
	return r.removeLegacy()
}

// isRunning reports whether the run has a supervisor or a process.
func (r *record) isRunning() bool {
	if r.Supervisor.isAlive() {
		return true
	}
	if r.Dir == "" {
		return r.Command.isAlive()
	}
	events, err := r.group().Events()
	return err == nil && events != nil && events.Populated
}

// Processes lists the run's processes. The supervisor is none of them, except where it is in the
// group.
func (r *Run) Processes() ([]int, error) {
	if r.record.Dir != "" {
		pids, err := r.record.group().Processes()
		if errors.Is(err, cgroup.ErrGone) {
			return []int{}, nil
		}
		return pids, err
	}
	if s := r.record.Supervisor; s.isAlive() {
		return descendants(s.PID)
	}
	if c := r.record.Command; c.isAlive() {
		pids, err := descendants(c.PID)
		return append(pids, c.PID), err
	}
	return []int{}, nil
}

// WaitEmpty waits until the run has no process. It waits for processes, and not for the kernel's
// report that the group is empty: the kernel delays that by up to ten milliseconds, and drops it if
// the group is removed meanwhile, as the supervisor does.
func (r *Run) WaitEmpty(ctx context.Context) error {
	for {
		if err := awaitNone(ctx, r.Processes); err != nil || r.record.Dir == "" {
			return err
		}
		events, err := r.record.group().Events()
		switch {
		case errors.Is(err, cgroup.ErrGone):
			return nil
		case err != nil:
			return err
		case events == nil || !events.Populated:
			return nil
		}
		// Processes that cannot be seen from here, or one that has just moved.
		if err := r.awaitUnseen(ctx); err != nil {
			return err
		}
	}
}

// unseenPause is how long the report about processes of other PID namespaces is waited for, before
// it may have been dropped.
const unseenPause = time.Second

// awaitUnseen waits until the group is empty, or for a while.
func (r *Run) awaitUnseen(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, unseenPause)
	defer cancel()
	err := r.record.group().WaitEmpty(bounded)
	if ctx.Err() == nil && bounded.Err() != nil {
		return nil
	}
	return err
}

// hasCaller reports whether this process is in the run's group.
func (r *Run) hasCaller() bool {
	pids, err := r.Processes()
	return err == nil && slices.Contains(pids, os.Getpid())
}

// Supervisor is the process that watches the run, 0 if none does.
func (r *Run) Supervisor() int {
	r.refresh()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.record.Supervisor; s.isAlive() {
		return s.PID
	}
	return 0
}

// StopSignal is the first signal of a stop.
func (r *Run) StopSignal() unix.Signal {
	if signals := r.record.Conduct.StopSignals; len(signals) > 0 {
		return signals[0]
	}
	return r.record.Conduct.FinalSignal
}

// Killed reports whether the run's processes did not end by the stop signals.
func (r *Run) Killed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Killed
}
