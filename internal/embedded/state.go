package embedded

import (
	"time"

	"gorun/cgroup"
)

// State is how a run is.
type State struct {
	// Stopping is why the run is being stopped. Empty if it is not.
	Stopping Result
	// Killed says that its processes did not end by the stop signals.
	Killed bool
	// Supervised says that its supervisor lives: time limits are held.
	Supervised    bool
	Began         time.Time
	Age           time.Duration
	Description   string
	Documentation []string
}

// Age is how long ago the run began, on the clock that time limits run on.
func (r *Run) Age() time.Duration { return monotonicNow() - r.record.Monotonic }

// State says how the run is. The error is [ErrEnded] if it has ended.
func (r *Run) State() (State, error) {
	err := r.refresh()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.own && (err != nil || !r.isRunning()) {
		return State{}, ErrEnded
	}
	s := State{
		Stopping: r.record.Stopping, Killed: r.record.Killed, Supervised: r.own || r.record.Supervisor.isAlive(),
		Began: r.record.Began, Age: r.Age(), Description: r.record.Description, Documentation: r.record.Documentation,
	}
	if s.Stopping == "" && r.hasOOMKill() {
		s.Stopping = OOMKilled
	}
	return s, nil
}

// isRunning reports whether the run of another process has a supervisor or a process.
func (r *Run) isRunning() bool {
	if !r.group.isMade() || r.record.Supervisor.isAlive() {
		return r.record.isRunning()
	}
	populated := false
	err := r.group.do(func(g cgroup.Group) error {
		populated = isPopulated(g)
		return nil
	})
	return err == nil && populated
}

// IsCurrent reports whether no later run is known to have the name.
func (r *Run) IsCurrent() bool {
	dir, err := openState(r.RuntimeDir)
	if err != nil {
		return true
	}
	defer dir.Close()
	kept, err := readRecord(dir, recordName(r.record.Unit))
	return err != nil || kept.InvocationID == r.record.InvocationID
}

// hasOOMKill reports whether the OOM killer has killed a process and that is to end the run.
func (r *Run) hasOOMKill() bool {
	if policy := r.record.Conduct.OOMPolicy; policy != "stop" && policy != "kill" || !r.group.isMade() {
		return false
	}
	var events *cgroup.MemoryEvents
	err := r.group.do(func(g cgroup.Group) (err error) {
		events, err = g.MemoryEvents()
		return err
	})
	return err == nil && events != nil && events.OOMKill > 0
}
