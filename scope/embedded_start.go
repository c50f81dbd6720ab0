package scope

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/embedded"
	"gorun/scope/property"
)

// startEmbedded starts a scope without a service manager.
func startEmbedded(ctx context.Context, spec Spec, properties []property.Property) (*Scope, error) {
	s := &Scope{Unit: spec.Unit, Manager: Embedded}
	properties, err := s.withoutForeign(spec, properties)
	if err != nil {
		return nil, err
	}
	s.held, err = embedded.Start(embedded.Plan{
		Unit: spec.Unit, Description: spec.Description, Documentation: spec.Documentation,
		Needed: controllersFor(properties), Conduct: randomized(properties),
	})
	if exists := (*embedded.ExistsError)(nil); errors.As(err, &exists) {
		return nil, &UnitExistsError{Unit: spec.Unit, Manager: Embedded, Unknown: exists.Unknown}
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
		back, err := s.admitOne(group, pid)
		if err == nil {
			moved = append(moved, back)
			err = s.notOpen(s.held.CheckOpen()) // a stop that begins later finds it
		}
		if err != nil {
			for _, back := range moved {
				back()
			}
			return err
		}
	}
	return nil
}

// admitOne moves a process into the scope, and returns what moves it back.
func (s *Scope) admitOne(group cgroup.Group, pid int) (back func(), err error) {
	from, err := cgroup.Of(pid)
	if err == nil {
		err = group.Move(pid)
	}
	backLegacy := func() {}
	if err == nil {
		backLegacy, err = s.held.MoveLegacy(pid)
	}
	switch {
	case errors.Is(err, unix.ESRCH):
		return nil, &NoProcessError{Unit: s.Unit, PID: pid, cause: err}
	case err != nil:
		return nil, fmt.Errorf("start %s: move process %d: %w", s.Unit, pid, err)
	}
	return func() {
		from.Move(pid) // on failure it stays, and the group with it
		backLegacy()
	}, nil
}

// notOpen says why no process may be started in the scope, if [embedded.Run.CheckOpen] says so.
func (s *Scope) notOpen(err error) error {
	stopped := (*embedded.StoppedError)(nil)
	switch {
	case errors.As(err, &stopped):
		return fmt.Errorf("start COMMAND in %s: it is being stopped (%s): %w", s.Unit, stopped.Why, ErrEnded)
	case errors.Is(err, embedded.ErrEnded):
		return fmt.Errorf("start COMMAND in %s: %w", s.Unit, ErrEnded)
	}
	return err
}
