package scope

import (
	"math"
	"slices"
	"strings"
	"time"

	"gorun/internal/unitname"
	"gorun/scope/property"
)

// Spec describes a scope to be started.
type Spec struct {
	// Manager is the service manager that is asked. Zero means the caller's
	// own.
	Manager Manager
	// Unit is the scope's name, ending in ".scope". It must not be empty; see
	// [NewName] and [MangleName].
	Unit string
	// Description says to people what the scope is. Empty means the unit's
	// name. Characters that D-Bus cannot carry are replaced.
	Description string
	// Documentation lists URIs, as in "man:gorun(1)". The scope has them also
	// where Properties drop those before.
	Documentation []string
	// Slice is the slice the scope is placed in, ending in ".slice". Empty
	// means the manager's default: app.slice or system.slice.
	Slice string
	// PIDs are the processes that the scope starts with. None means the
	// calling process, and so does 0. Others have to be children of the caller
	// that it has not waited for, or be known otherwise not to have ended: before
	// Start looks, a PID can have become another process's. From then on it
	// cannot.
	PIDs []int

	// JobMode is how the manager deals with other jobs, as in "fail"; see
	// [property.JobModes]. Empty means "replace". See [Spec.MayLoseLease].
	JobMode string

	// Interactive lets polkit ask a person whether the caller may start the
	// scope, which needs an agent such as pkttyagent(1). Start then has no bound
	// of its own but for the context's.
	Interactive bool

	// Linger says whether the scope has to outlive the user's sessions.
	Linger Linger

	// OOMPolicy is what an OOM kill in the scope means for the rest of it:
	// "continue", "stop" or "kill". Empty means the manager's default.
	OOMPolicy string
	// RuntimeMax is how long the scope may run before the manager stops it.
	// Zero means as long as it likes.
	RuntimeMax time.Duration
	// RuntimeRandomizedExtra is how much longer than RuntimeMax it may get,
	// evenly random. It needs a RuntimeMax.
	RuntimeRandomizedExtra time.Duration
	// KeepFailed leaves the unit loaded, and its name taken, if it ends as
	// failed. Else the manager forgets every ended scope.
	KeepFailed bool

	// Properties are set besides the fields above, and win over them.
	Properties []property.Property
	// BestEffort starts the scope without what this manager does not have, see
	// [Scope.Dropped], and with limits that are not in force, see
	// [Scope.Unenforced]. Else either is an error.
	BestEffort bool
	// Defaults are set unless Properties or the fields above set the same. One
	// that the manager does not have is left out; see [Scope.Dropped].
	Defaults []property.Property
}

// Validate says what is wrong with the description, without asking a manager.
func (s Spec) Validate() error {
	if err := unitname.Check(s.Unit, suffix); err != nil {
		return &UnitNameError{Name: s.Unit, Reason: err.Error()}
	}
	if !slices.Contains(property.JobModes(), s.jobMode()) {
		return &property.Error{Name: "JobMode", Value: s.JobMode, Reason: "no such job mode"}
	}
	properties, err := s.properties()
	if err != nil {
		return err
	}
	return checkRuntime(properties)
}

// checkRuntime refuses a time limit of nothing, which would stop the scope at once,
// and an extra to a limit that is not there, which the manager takes and ignores.
func checkRuntime(properties []property.Property) error {
	limit, limited := last(properties, "RuntimeMaxSec")
	if limited && limit.Span() == 0 {
		return &property.Error{Name: limit.Name(), Value: limit.Text(), Reason: "must not be 0; for no limit say infinity"}
	}
	extra, ok := last(properties, "RuntimeRandomizedExtraSec")
	if !ok {
		return nil
	}
	if !limited || limit.Value() == uint64(math.MaxUint64) {
		return &property.Error{Name: extra.Name(), Value: extra.Text(), Reason: "needs a time limit, RuntimeMaxSec"}
	}
	return nil
}

// Property returns the property of that name which takes effect.
func (s Spec) Property(name string) (property.Property, bool) {
	properties, err := s.properties()
	if err != nil {
		return property.Property{}, false
	}
	return last(properties, name)
}

// isDefault tells whether a property is set only as a default.
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

// properties are all that is asked for, in the order in which it is sent.
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

// keepDocumentation adds the field's references again where a property has dropped
// them: a scope is known by them.
func keepDocumentation(list []property.Property, field []string) []property.Property {
	var first *property.Property
	for i, p := range list {
		switch uris, _ := p.Value().([]string); {
		case p.Name() != "Documentation":
		case first == nil:
			first = &list[i] // the field's, if there is one
		case len(uris) == 0 && len(field) > 0:
			return append(list, *first)
		}
	}
	return list
}

// fields turns the typed fields into properties, by the same table.
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

// spanText writes a span for a property; zero means that it is not set.
func spanText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return property.FormatSpan(d)
}
