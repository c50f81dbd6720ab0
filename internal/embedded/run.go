package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
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
	own    bool     // this process has started it, and has not released it
	ended  bool     // it is another process's, and its record has gone
	group  group    // the run's cgroup
	alive  *os.File // has the lock by which processes of other PID namespaces know that this one lives
	guard  guard

	wasSubreaper uintptr // whether the caller was one before, 1 or 0
}

// ExistsError means that a run of that name is running.
type ExistsError struct {
	Unit string
	// Unknown is a cgroup of that name with processes, about which nothing is noted. Zero if a run is.
	Unknown cgroup.Group
}

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
		r.plan(below(at.parent, p.Unit), at.lacks)
	}
	r.Plain = err
	if err := r.register(); err != nil { // before there is anything to be found
		return nil, err
	}
	if r.Plain == nil {
		_, r.Plain = at.makeGroup(p.Unit)
	}
	if exists := (*ExistsError)(nil); errors.As(r.Plain, &exists) {
		r.forget()
		return nil, exists
	}
	if r.Plain != nil {
		return r, r.beWithoutGroup()
	}
	r.makeLegacy()
	return r, nil
}

// plan says which groups are to be made.
func (r *Run) plan(made cgroup.Group, lacks map[string]string) {
	r.record.Cgroup, r.record.Dir, r.Lacks = made.Path, made.Dir, lacks
	r.record.Legacy = planLegacy(r.record.Unit, lacks)
	r.group.at = made
}

// beWithoutGroup makes the run consist of the supervisor's descendants, without those that it has
// now: they are of the program that has become gorun.
func (r *Run) beWithoutGroup() error {
	was, err := becomeSubreaper()
	if err != nil {
		r.forget()
		return err
	}
	r.wasSubreaper = was
	others, err := descendants(os.Getpid(), nil)
	if err != nil {
		r.forget()
		return err
	}
	r.Lacks, r.group = nil, group{}
	return r.update(func(n *record) {
		n.Cgroup, n.Dir, n.Legacy = "", "", nil
		for _, pid := range others {
			n.Others = append(n.Others, identify(pid))
		}
	})
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

// Release ends the supervision by this process. The group and the record are removed, unless
// processes are left. It returns how many are; they are left alone, and their time limit, if there
// is one, is held by a keeper: a program that calls [Keep]. Empty means that there is none.
func (r *Run) Release(keeper string) (left int) {
	r.guard.end()
	if r.Killed() {
		r.waitFor(context.Background(), dying) // else they are found below
	}
	if r.group.isMade() && r.record.removeGroup() == nil {
		r.forget()
		return 0
	}
	pids, _ := r.Processes() // without a list, none is known
	switch {
	case !r.group.isMade():
		r.forget() // nobody finds the rest again
	case r.needsGuard() && startKeeper(r, keeper) == nil:
	default:
		r.handOver(identity{})
		r.own = false
	}
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
	if !r.group.isMade() {
		r.update(func(n *record) { n.Command = identify(pid) })
	}
}

// NoteOver says that COMMAND is over, before the supervisor starts processes of its own, which would
// be taken for those of a run without a group. A stop that has begun gets its time first. Until
// [Run.Resume] such a run has no process, and is not watched.
func (r *Run) NoteOver(ctx context.Context) {
	if r.group.isMade() {
		return
	}
	if why, _ := r.stopping(); why != "" {
		r.waitFor(ctx, r.record.Conduct.StopTimeout) // what is left then stays
	}
	r.guard.end()
	r.update(func(n *record) { n.Over = true })
}

// Resume undoes [Run.NoteOver].
func (r *Run) Resume() {
	r.mu.Lock()
	over := r.record.Over
	r.mu.Unlock()
	if over {
		r.update(func(n *record) { n.Over = false })
		r.Guard()
	}
}

// BeCommand says that the caller is about to become COMMAND. Nobody supervises the run from then on.
func (r *Run) BeCommand() {
	if !r.group.isMade() {
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, r.wasSubreaper, 0, 0, 0) // cannot fail
	}
	r.update(func(n *record) { n.Supervisor, n.Command = identity{}, n.Supervisor })
}

// Unit is the run's name.
func (r *Run) Unit() string { return r.record.Unit }

// InvocationID identifies the run.
func (r *Run) InvocationID() string { return r.record.InvocationID }

// Cgroup is the path of the run's group. Empty if it has none.
func (r *Run) Cgroup() string { return r.record.Cgroup }

// Group is the run's group. It is zero if the run has none.
func (r *Run) Group() cgroup.Group { return r.group.at }

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
	return isPopulated(r.group())
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
