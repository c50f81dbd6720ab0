package scope

import (
	"fmt"

	"gorun/scope/property"
)

// joinEmbedded checks that a scope is one that the caller would have started: it has the limits, and
// is ended in the same way. The caller stays where it is: it starts processes in the scope, see
// [Scope.Entrance]. Without a cgroup, the scope's processes are another process's descendants, and
// nobody can join.
func (s *Scope) joinEmbedded(spec Spec) error {
	properties, err := spec.properties()
	if err != nil {
		return err
	}
	state, err := s.held.State()
	if err != nil || state.Stopping != "" {
		return fmt.Errorf("join %s: %w", s.Unit, ErrEnded)
	}
	if s.Cgroup == "" {
		return s.noGroup("join")
	}
	if err := s.checkThawed(); err != nil {
		return err
	}
	r := s.readBack(Spec{Unit: s.Unit, Manager: Embedded, Properties: properties, BestEffort: spec.BestEffort})
	for i, p := range properties {
		if isSuperseded(properties, i) || spec.isDefault(p.Name()) || s.hasConduct(p, properties) {
			continue
		}
		if err := r.tolerate(s.lacks(p)); err != nil {
			return err
		}
	}
	for _, l := range standing(properties) {
		if r.look() == nil && l.isProvided(r.controllers, Embedded) && (!l.hasReader() || l.isShown(r.group, l.number())) {
			continue
		}
		if err := r.tolerate(s.lacks(l.Property)); err != nil {
			return err
		}
	}
	return nil
}

// lacks says that the scope that runs lacks a property.
func (s *Scope) lacks(p property.Property) *LimitError {
	return &LimitError{Unit: s.Unit, Manager: Embedded, Name: p.Name(), Value: p.Text(), Running: true}
}
