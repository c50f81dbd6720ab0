package scope

import (
	"strings"

	"gorun/cgroup"
	"gorun/scope/property"
)

// checkProvided refuses limits that the manager of a running scope cannot put in force, so that
// none of several is changed. Whether the others are in force is known afterwards only.
func (s *Scope) checkProvided(properties []property.Property) error {
	controllers := s.managersControllers()
	if controllers == nil {
		return nil
	}
	for _, l := range standing(properties) {
		if !l.isProvided(controllers, s.Manager) {
			return &LimitError{Unit: s.Unit, Manager: s.Manager, Name: l.Name(), Value: l.Text(), Controller: l.Info().Controller, File: l.Info().File}
		}
	}
	return nil
}

// managersControllers are the controllers that the scope's manager can give to its units. Nil if
// they are not known.
func (s *Scope) managersControllers() []string {
	root := "/"
	if s.Manager == UserManager {
		before, after, ok := strings.Cut(s.Cgroup, "/user@")
		if !ok {
			return nil
		}
		name, _, _ := strings.Cut(after, "/")
		root = before + "/user@" + name
	}
	if s.Cgroup == "" || isInNamespace() {
		return nil
	}
	group, err := cgroup.At(root)
	if err != nil {
		return nil
	}
	controllers, err := group.Controllers()
	if err != nil {
		return nil
	}
	return controllers
}
