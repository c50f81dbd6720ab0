package scope

import (
	"context"
	"errors"
	"fmt"

	"gorun/cgroup"
	"gorun/internal/embedded"
	"gorun/scope/property"
)

// Here is the manager that is used on this machine if nobody asks for another: [DefaultManager],
// or [Embedded] where systemd does not run. It is the one place where that is decided.
func Here() Manager {
	if embedded.HasNoManager() {
		return Embedded
	}
	return DefaultManager
}

// EmbeddedPlace says in which cgroup an [Embedded] scope's own would be made, and which controllers
// its limits could have. The error says why it would have no cgroup.
func EmbeddedPlace() (at string, controllers []string, err error) { return embedded.Look() }

// errNoManager means that a question is for a service manager.
var errNoManager = errors.New("there is no service manager")

// IsEmbedded reports whether the scope has no service manager.
func (s *Scope) IsEmbedded() bool { return s.held != nil }

// openEmbedded finds a scope that has no service manager.
func openEmbedded(unit string) (*Scope, error) {
	run, err := embedded.Open(unit)
	if errors.Is(err, embedded.ErrEnded) {
		return nil, fmt.Errorf("open %s: no such scope: %w", unit, ErrEnded)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", unit, err)
	}
	return ofRun(run), nil
}

// ofRun is the scope that a run without a service manager is.
func ofRun(run *embedded.Run) *Scope {
	s := &Scope{Manager: Embedded, held: run}
	s.adopt()
	return s
}

// listEmbedded lists the scopes that have no service manager.
func listEmbedded() []Listed {
	list := []Listed{}
	for _, run := range embedded.List() {
		s := ofRun(run)
		if state, err := s.embeddedState(); err == nil {
			list = append(list, Listed{s, state})
		}
	}
	return list
}

// embeddedState is what the run says about itself, in the words of a manager.
func (s *Scope) embeddedState() (State, error) {
	held, err := s.held.State()
	if err != nil {
		return State{}, fmt.Errorf("state of %s: %w", s.Unit, ErrEnded)
	}
	c := s.held.Conduct()
	state := State{
		Active: "active", Result: Success, RuntimeMax: property.Infinity, StopTimeout: c.StopTimeout,
		Since: held.Began, Age: held.Age, Description: held.Description, Documentation: held.Documentation,
		Unsupervised: !held.Supervised,
	}
	if held.Stopping != "" {
		state.Active, state.Result = "deactivating", Result(held.Stopping)
	}
	if held.Killed && state.Result == Success {
		state.Result = TimedOut // as the manager says of a stop that took too long
	}
	if c.RuntimeMax > 0 {
		state.RuntimeMax = c.RuntimeMax
	}
	if c.StopTimeout < 0 {
		state.StopTimeout = property.Infinity
	}
	return state, nil
}

// waitEmbedded waits until the scope has no process.
func (s *Scope) waitEmbedded(ctx context.Context) (Result, error) {
	result := Unknown
	if state, err := s.embeddedState(); err != nil {
		return result, nil
	} else if state.Stopping() {
		result = state.Result
	}
	if err := s.held.WaitEmpty(ctx); err != nil {
		return Unknown, err
	}
	return result, nil
}

// Processes lists the processes of the scope: those in its cgroup, or of an [Embedded] scope
// without one those that descend from the process that holds it. The error is [cgroup.ErrGone] if
// the scope has ended.
func (s *Scope) Processes() ([]int, error) {
	if s.held != nil {
		return s.held.Processes()
	}
	group, err := s.Group()
	if err != nil {
		return nil, err
	}
	return group.Processes()
}

// WaitEmpty waits until the scope has no process, without a manager.
func (s *Scope) WaitEmpty(ctx context.Context) error {
	if s.held != nil {
		return s.held.WaitEmpty(ctx)
	}
	group, err := s.Group()
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	return group.WaitEmpty(ctx)
}

// WaitFree waits until the scope has no process, and what supervises an [Embedded] scope has ended as
// well: hooks may run. Then another scope can have its name.
func (s *Scope) WaitFree(ctx context.Context) error {
	if s.held != nil {
		return s.held.WaitFree(ctx)
	}
	return s.WaitEmpty(ctx)
}

// NoteOver says that COMMAND is over, and that the caller may start processes that are not the
// scope's, until [Scope.Resume]. They are its descendants, like those of an [Embedded] scope without
// a cgroup. Of such a scope, a stop that has begun gets its time first.
func (s *Scope) NoteOver(ctx context.Context) {
	if s.held != nil {
		s.held.NoteOver(ctx)
	}
}

// Resume undoes [Scope.NoteOver].
func (s *Scope) Resume() { s.held.Resume() }

// BeCommand says that the caller, who has started the [Embedded] scope, is about to become its
// command. Nobody supervises the scope from then on.
func (s *Scope) BeCommand() { s.held.BeCommand() }

// Entrance is open while a process is started in an [Embedded] scope.
type Entrance = embedded.Entrance

// Entrance opens an [Embedded] scope for a process that is about to be started in it, with the
// directory's descriptor as CgroupFD in [syscall.SysProcAttr]. Close it when the process runs. The
// goroutine has to be locked to its thread meanwhile ([runtime.LockOSThread]). The error wraps
// [ErrEnded] if the scope has ended or is being stopped.
func (s *Scope) Entrance() (*Entrance, error) {
	e, err := s.held.Entrance()
	return e, s.notOpen(err)
}

// NoteCommand notes which process is the first of an [Embedded] scope.
func (s *Scope) NoteCommand(pid int) { s.held.NoteCommand(pid) }

// Supervisor is the process that watches an [Embedded] scope, 0 if none does.
func (s *Scope) Supervisor() int {
	if s.held == nil {
		return 0
	}
	return s.held.Supervisor()
}

// Release ends the supervision of an [Embedded] scope by the calling process, which has started
// it. If no process is left, the scope is removed. Else it returns how many are. They keep running
// with their limits; keeper is a program, which calls [Keep], that holds a time limit from then on.
// Empty means none.
func (s *Scope) Release(keeper string) (left int) {
	if s.held == nil {
		return 0
	}
	return s.held.Release(keeper)
}

// IsKeeper reports whether [Scope.Release] has started this program. If so, call [Keep] and end.
func IsKeeper() bool { return embedded.IsKeeper() }

// Keep holds the scope that another process has released, until it has ended.
func Keep() { embedded.Keep() }

// Reap waits for processes that have lost their parent and become children of this one, except
// its own.
func Reap(own int) { embedded.Reap(own) }

// Sweep removes what [Embedded] scopes have left whose supervisor was killed.
func Sweep() { embedded.Sweep("") }

// SweepOthers is [Sweep] for a process that supervises the scope itself.
func (s *Scope) SweepOthers() { embedded.Sweep(s.Unit) }

// Plain is why an [Embedded] scope has no cgroup. Nil if it has one.
func (s *Scope) Plain() error {
	if s.held == nil {
		return nil
	}
	return s.held.Plain
}

// Unkept is why an [Embedded] scope cannot be found by other processes. Nil if it can.
func (s *Scope) Unkept() error {
	if s.held == nil {
		return nil
	}
	return s.held.Unkept
}

// noGroup says that something needs a cgroup.
func (s *Scope) noGroup(doing string) error {
	return &CallError{Doing: doing, Unit: s.Unit, Message: "the run has no cgroup"}
}

// freezeEmbedded does something to the cgroup of an [Embedded] scope.
func (s *Scope) freezeEmbedded(doing string, directly func(cgroup.Group) error) error {
	if s.Cgroup == "" {
		return s.noGroup(doing)
	}
	err := s.held.InGroup(directly)
	if errors.Is(err, cgroup.ErrGone) {
		return fmt.Errorf("%s %s: %w", doing, s.Unit, ErrEnded)
	}
	return err
}
