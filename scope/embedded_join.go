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
		if r.joinedHas(l, properties) {
			continue
		}
		if err := r.tolerate(s.lacks(l.Property)); err != nil {
			return err
		}
	}
	return nil
}

// joinedHas reports whether the cgroup that is to be joined has a limit, of version 2 or 1.
func (r *readBack) joinedHas(l limit, all []property.Property) bool {
	run, controller := r.scope.held, l.Info().Controller
	write := writers[l.Name()]
	if !run.HasLegacy(controller) || write == nil {
		return r.look() == nil && l.isProvided(r.controllers, Embedded) && (!l.hasReader() || l.isShown(r.group, l.number()))
	}
	file, lines, err := write(l, all)
	return err == nil && len(lines) == 1 && run.HasLegacyLimit(controller, file, lines[0])
}

// lacks says that the scope that runs lacks a property.
func (s *Scope) lacks(p property.Property) *LimitError {
	return &LimitError{Unit: s.Unit, Manager: Embedded, Name: p.Name(), Value: p.Text(), Running: true}
}
