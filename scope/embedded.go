package scope

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sys/unix"

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

// startEmbedded starts a scope without a service manager.
func startEmbedded(ctx context.Context, spec Spec, properties []property.Property) (*Scope, error) {
	s := &Scope{Unit: spec.Unit, Manager: Embedded}
	properties, err := s.withoutForeign(spec, properties)
	if err != nil {
		return nil, err
	}
	s.held, err = embedded.Start(embedded.Plan{
		Unit: spec.Unit, Description: spec.Description, Documentation: spec.Documentation,
		Needed: controllersFor(properties), Conduct: conduct(properties),
	})
	if exists := (*embedded.ExistsError)(nil); errors.As(err, &exists) {
		return nil, &UnitExistsError{Unit: spec.Unit, Manager: Embedded}
	}
	if err != nil {
		return nil, err
	}
	s.adopt()
	err = s.limitIt(spec, properties)
	if err == nil {
		err = s.admit(spec)
	}
	if err != nil {
		s.held.Abandon()
		return nil, err
	}
	s.held.Guard()
	return s, nil
}

// adopt takes over what the run says about itself.
func (s *Scope) adopt() {
	s.Unit, s.InvocationID, s.Cgroup = s.held.Unit(), s.held.InvocationID(), s.held.Cgroup()
	s.at.runtimeDir = s.held.RuntimeDir
}

// admit moves the processes into the scope. After an error they are where they were.
func (s *Scope) admit(spec Spec) error {
	if spec.Empty {
		return nil
	}
	if s.Cgroup == "" {
		if slices.ContainsFunc(spec.PIDs, isOther) {
			return fmt.Errorf("start %s: no process can be moved: %w", spec.Unit, s.held.Plain)
		}
		return nil // what the caller starts belongs to the scope
	}
	group, err := s.Group()
	if err != nil {
		return err
	}
	pids := spec.PIDs
	if len(pids) == 0 {
		pids = []int{0}
	}
	var moved []func()
	for _, pid := range pids {
		from, err := cgroup.Of(pid)
		if err == nil {
			err = group.Move(pid)
		}
		if err == nil {
			err = s.held.MoveLegacy(pid)
		}
		if err != nil {
			for _, back := range moved {
				back()
			}
			if errors.Is(err, unix.ESRCH) {
				return &NoProcessError{Unit: spec.Unit, PID: pid, cause: err}
			}
			return fmt.Errorf("start %s: move process %d: %w", spec.Unit, pid, err)
		}
		moved = append(moved, func() { from.Move(pid) }) // on failure it stays, and the group with it
	}
	return nil
}

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

// Entrance is open while a process is started in an [Embedded] scope.
type Entrance = embedded.Entrance

// Entrance opens an [Embedded] scope for a process that is about to be started in it, with the
// directory's descriptor as CgroupFD in [syscall.SysProcAttr]. Close it when the process runs. The
// goroutine has to be locked to its thread meanwhile ([runtime.LockOSThread]).
func (s *Scope) Entrance() (*Entrance, error) { return s.held.Entrance() }

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

// systemdStopTimeout is systemd's built-in DefaultTimeoutStopSec=.
const systemdStopTimeout = 90 * time.Second

// conduct is how the properties say that the scope is ended. Their defaults are systemd's.
func conduct(properties []property.Property) embedded.Conduct {
	c := embedded.Conduct{StopTimeout: systemdStopTimeout, FinalSignal: unix.SIGKILL, OOMPolicy: "continue"}
	stop := unix.SIGTERM
	var hangup bool
	mode := "control-group"
	var extra time.Duration
	for _, p := range properties { // later ones win
		switch p.Name() {
		case "RuntimeMaxSec":
			if c.RuntimeMax = p.Span(); c.RuntimeMax == property.Infinity {
				c.RuntimeMax = 0
			}
		case "RuntimeRandomizedExtraSec":
			extra = p.Span()
		case "TimeoutStopSec":
			if c.StopTimeout = p.Span(); c.StopTimeout == property.Infinity {
				c.StopTimeout = -1
			}
		case "KillSignal":
			stop = p.Signal()
		case "FinalKillSignal":
			c.FinalSignal = p.Signal()
		case "SendSIGHUP":
			hangup = p.IsTrue()
		case "KillMode":
			mode = p.Text()
		case "OOMPolicy":
			c.OOMPolicy = p.Text()
		}
	}
	if p, ok := last(properties, "SendSIGKILL"); ok && !p.IsTrue() {
		c.FinalSignal = 0
	}
	// A stopped process handles the stop signal when it is continued.
	c.StopSignals = []unix.Signal{stop, unix.SIGCONT}
	if hangup {
		c.StopSignals = append(c.StopSignals, unix.SIGHUP)
	}
	switch mode {
	case "mixed":
		c.StopSignals = nil
	case "process", "none":
		c.StopSignals, c.FinalSignal = nil, 0
	}
	if c.RuntimeMax > 0 && extra > 0 {
		c.RuntimeMax += rand.N(extra)
	}
	return c
}

// noGroup says that something needs a cgroup.
func (s *Scope) noGroup(doing string) error {
	return &CallError{Doing: doing, Unit: s.Unit, Message: "the run has no cgroup"}
}

// freezeEmbedded does something to the cgroup of an [Embedded] scope.
func (s *Scope) freezeEmbedded(doing string, directly func(cgroup.Group) error) error {
	group, err := s.Group()
	if err != nil {
		return s.noGroup(doing)
	}
	if err = directly(group); errors.Is(err, cgroup.ErrGone) {
		return fmt.Errorf("%s %s: %w", doing, s.Unit, ErrEnded)
	}
	return err
}
