package scope

import (
	"math"
	"slices"
	"strings"
	"time"

	"gorun/scope/property"
)

// Property returns the property of that name that takes effect.
func (s Spec) Property(name string) (property.Property, bool) {
	properties, err := s.properties()
	if err != nil {
		return property.Property{}, false
	}
	return last(properties, name)
}

// HasLimits reports whether something limits the run: what it uses, or for how long it runs.
func (s Spec) HasLimits() bool {
	properties, err := s.properties()
	if err != nil {
		return false
	}
	if p, ok := last(properties, "RuntimeMaxSec"); ok && p.Value() != uint64(math.MaxUint64) {
		return true
	}
	return slices.ContainsFunc(standing(properties), func(l limit) bool { return !strings.HasSuffix(l.Name(), "Accounting") })
}

// isDefault reports whether a property is set only as a default.
func (s Spec) isDefault(name string) bool {
	_, isDefault := last(s.Defaults, name)
	s.Defaults = nil
	_, asked := s.Property(name)
	return isDefault && !asked
}

// last finds the assignment that takes effect: later ones win.
func last(properties []property.Property, name string) (property.Property, bool) {
	for _, p := range slices.Backward(properties) {
		if p.Name() == name {
			return p, true
		}
	}
	return property.Property{}, false
}

// properties are all properties that are asked for, in the order in which they are sent.
func (s Spec) properties() ([]property.Property, error) {
	asked, err := s.fields()
	if err != nil {
		return nil, err
	}
	asked = append(asked, s.Properties...)
	var list []property.Property
	for _, p := range s.Defaults {
		if _, ok := last(asked, p.Name()); !ok {
			list = append(list, p)
		}
	}
	return keepDocumentation(append(list, asked...), s.Documentation), nil
}

// keepDocumentation adds the field's URIs again if a property resets them: they show who
// started a scope.
func keepDocumentation(list []property.Property, field []string) []property.Property {
	var first *property.Property
	for i, p := range list {
		switch uris, _ := p.Value().([]string); {
		case p.Name() != "Documentation":
		case first == nil:
			first = &list[i] // the field's, if it is set
		case len(uris) == 0 && len(field) > 0:
			return append(list, *first)
		}
	}
	return list
}

// fields turns the typed fields into properties.
func (s Spec) fields() ([]property.Property, error) {
	collect := "inactive-or-failed"
	if s.KeepFailed {
		collect = "inactive"
	}
	texts := []struct{ name, text string }{
		{"Description", s.Description},
		{"CollectMode", collect},
		{"Documentation", strings.Join(s.Documentation, " ")},
		{"Slice", s.Slice},
		{"OOMPolicy", s.OOMPolicy},
		{"RuntimeMaxSec", spanText(s.RuntimeMax)},
		{"RuntimeRandomizedExtraSec", spanText(s.RuntimeRandomizedExtra)},
	}
	var list []property.Property
	for _, t := range texts {
		if t.text == "" {
			continue
		}
		p, err := property.Parse(t.name + "=" + t.text)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// spanText writes a span for a property. Zero means that the property is not set.
func spanText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return property.FormatSpan(d)
}
