package scope

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gorun/internal/systemd1"
	"gorun/internal/unitname"
	"gorun/scope/property"
)

// sliceSuffix ends the name of every slice.
const sliceSuffix = ".slice"

// ownSlice is the slice that a scope has for itself, with its limits. They then hold also
// for processes that a manager moves into scopes of their own beside this one, as it does
// for the panes of tmux.
type ownSlice struct {
	name   string
	limits []property.Property
}

// split takes the limits from the properties, and places the scope in a slice that has
// them.
func (s Spec) split(properties []property.Property) (rest []property.Property, own *ownSlice, err error) {
	parent := "app" + sliceSuffix
	if !s.Manager.OfUser() {
		parent = "system" + sliceSuffix
	}
	if p, ok := last(properties, "Slice"); ok && p.Text() != "" {
		parent = p.Text()
	}
	own = &ownSlice{}
	if own.name, err = newSliceName(parent, s.Unit); err != nil {
		return nil, nil, err
	}
	if n := len(own.name); n > unitname.MaxLength {
		reason := fmt.Sprintf("the name is too long for a slice of the run's own in that slice: %d characters, %d are allowed", n, unitname.MaxLength)
		return nil, nil, &property.Error{Name: "Slice", Value: parent, Reason: reason}
	}
	place, err := property.Parse("Slice=" + own.name)
	if err != nil {
		return nil, nil, err
	}
	rest, own.limits = splitForSlice(properties)
	rest = slices.DeleteFunc(rest, func(p property.Property) bool { return p.Name() == "Slice" })
	return append(rest, place), own, nil
}

// splitForSlice takes from properties those that a slice can have for all scopes in it.
func splitForSlice(properties []property.Property) (rest, ofSlice []property.Property) {
	for _, p := range properties {
		if isForSlice(p) {
			ofSlice = append(ofSlice, p)
		} else {
			rest = append(rest, p)
		}
	}
	return rest, ofSlice
}

// isForSlice reports whether a property concerns all processes of a cgroup, so that a slice
// can have it for all scopes in it.
func isForSlice(p property.Property) bool {
	return p.Info().Controller != "" || strings.HasPrefix(p.Name(), "ManagedOOM") || p.Name() == "DisableControllers"
}

// newSliceName makes an unused name for a slice below another: app-build\x2d1f2e….slice
// for build.scope. The unit's dashes are escaped, because a dash means a slice within a
// slice.
func newSliceName(parent, unit string) (string, error) {
	id, err := newID()
	if err != nil {
		return "", err
	}
	outer := strings.TrimSuffix(parent, sliceSuffix) + "-"
	if parent == "-"+sliceSuffix {
		outer = ""
	}
	return outer + sliceStem(unit) + id + sliceSuffix, nil
}

// maxStem bounds the part of a slice's name that comes from the unit's, in which a dash
// takes four characters. What is left is for the slices above.
const maxStem = 120

// sliceStem begins the last part of the name of a unit's own slice.
func sliceStem(unit string) string {
	stem := unitname.Escape(strings.TrimSuffix(unit, suffix))
	for len(stem) > maxStem {
		stem = stem[:maxStem]
		if i := strings.LastIndex(stem, `\`); i >= 0 && i > maxStem-len(`\x2d`) {
			stem = stem[:i] // half an escape
		}
	}
	return stem + `\x2d`
}

// isOwnSlice reports whether a slice was made for a scope.
func isOwnSlice(slice, unit string) bool {
	stem, isSlice := strings.CutSuffix(slice, sliceSuffix)
	name := stem[strings.LastIndex(stem, "-")+1:]
	id, ok := strings.CutPrefix(name, sliceStem(unit))
	return isSlice && ok && len(id) == idLength && strings.Trim(id, "0123456789abcdef") == ""
}

// auxiliary describes the slice for the call that starts the scope. It ends with the scope,
// and stops what is still in it: a time limit or a stop then reaches all of the run.
func (o *ownSlice) auxiliary(s Spec) []systemd1.AuxiliaryUnit {
	if o == nil {
		return nil
	}
	return []systemd1.AuxiliaryUnit{{Name: o.name, Properties: append([]systemd1.Property{
		systemd1.Set("Description", "Limits of "+s.Unit),
		systemd1.Set("Documentation", []string{unitname.Documentation}),
		systemd1.Set("BindsTo", []string{s.Unit}),
		systemd1.Set("CollectMode", "inactive-or-failed"),
	}, encode(o.limits)...)}}
}

// figures is the path of the cgroup whose figures are those of the run: the scope's, or that
// of the slice that it has for itself.
func (s *Scope) figures() string {
	if s.hasOwnSlice() {
		return path.Dir(s.Cgroup)
	}
	return s.Cgroup
}

// hasOwnSlice reports whether a slice was made for the scope.
func (s *Scope) hasOwnSlice() bool { return isOwnSlice(path.Base(path.Dir(s.Cgroup)), s.Unit) }
