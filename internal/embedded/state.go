package embedded

import (
	"time"
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
	r.refresh()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.own && !r.record.isRunning() {
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

// hasOOMKill reports whether the OOM killer has killed a process and that is to end the run.
func (r *Run) hasOOMKill() bool {
	if policy := r.record.Conduct.OOMPolicy; policy != "stop" && policy != "kill" || r.record.Dir == "" {
		return false
	}
	events, err := r.record.group().MemoryEvents()
	return err == nil && events != nil && events.OOMKill > 0
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

// refresh reads what other processes have noted.
func (r *Run) refresh() {
	if r.RuntimeDir == "" {
		return
	}
	dir, err := openState(r.RuntimeDir)
	if err != nil {
		return // the record stays as it was read
	}
	defer dir.Close()
	kept, err := readRecord(dir, recordName(r.record.Unit))
	if err != nil || kept.InvocationID != r.record.InvocationID {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.record.Stopping == "" {
		r.record.Stopping = kept.Stopping
	}
	r.record.Killed = r.record.Killed || kept.Killed
	if !r.own {
		r.record.Supervisor, r.record.Command = kept.Supervisor, kept.Command
	}
}
