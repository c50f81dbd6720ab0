package scope

import (
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"gorun/internal/systemd1"
	"gorun/internal/unitname"
	"gorun/scope/property"
)

// startError turns the answer to StartTransientUnit into this package's errors.
func (s Spec) startError(err error) error {
	var e dbus.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("start %s: %w", s.Unit, err)
	}
	switch e.Name {
	case systemd1.PropertyReadOnly, systemd1.UnknownProperty:
		if wire := unknownProperty(e.Error()); wire != "" {
			return s.unsupportedWire(wire)
		}
	case systemd1.AccessDenied, systemd1.InteractiveAuthorizationRequired:
		return &RefusedError{Unit: s.Unit, Reason: e.Error()}
	case systemd1.ServiceUnknown, systemd1.NameHasNoOwner:
		return &NoManagerError{Manager: s.Manager.resolve(), Tried: []error{e}}
	case systemd1.UnitExists:
		return &UnitExistsError{Unit: existingUnit(e.Error(), s.Unit), Manager: s.Manager.resolve()}
	}
	if err := s.refused(e); err != nil {
		return err
	}
	return &ManagerError{Unit: s.Unit, Manager: s.Manager.resolve(), Name: e.Name, Message: e.Error()}
}

// existingUnit finds in the manager's words which unit exists: the scope or a unit that it
// wants.
//
//	Unit x.scope was already loaded or has a fragment file.
func existingUnit(text, scope string) string {
	rest, ok := strings.CutPrefix(text, "Unit ")
	name, _, _ := strings.Cut(rest, " ")
	if !ok {
		return scope
	}
	return name
}

// unknownProperty finds in the manager's words the property that it does not know, or
// does not allow for a scope:
//
//	Cannot set property OOMPolicy, or unknown property.
func unknownProperty(text string) string {
	rest, ok := strings.CutPrefix(text, "Cannot set property ")
	name, _, closed := strings.Cut(rest, ", or unknown property")
	if !ok || !closed {
		return ""
	}
	return name
}

// unsupportedWire is the error for a property, by its name on the bus, that this manager
// does not support for scopes.
func (s Spec) unsupportedWire(wire string) error {
	properties, _ := s.properties() // valid: it was sent
	for _, p := range properties {
		if p.WireName() == wire {
			return unsupported(p)
		}
	}
	return &property.Error{Name: wire, Reason: "this systemd does not support it for scopes"}
}

// refused is the error for a property that the manager says is invalid. It is nil if the
// manager's words name no property.
//
//	Value specified in MemoryMax is out of range
//	Invalid condition type: ConditionFraction
//	Unknown cgroup controller 'bpf-bind-network-interface'
//	Unit database.service not found.
//	Job mode lenient is invalid.
func (s Spec) refused(e dbus.Error) error {
	if !systemd1.IsError(e, systemd1.InvalidArgs, systemd1.BadUnitSetting, systemd1.NoSuchUnit) {
		return nil
	}
	if e.Error() == "Job mode "+s.JobMode+" is invalid." {
		return &property.Error{Name: "JobMode", Value: s.JobMode, Reason: "this systemd does not support the mode"}
	}
	properties, _ := s.properties() // valid: it was sent
	p, ok := meant(properties, e.Error())
	if !ok {
		return nil
	}
	if strings.HasPrefix(e.Error(), "Invalid condition type") {
		return unsupported(p)
	}
	return &property.Error{Name: p.Name(), Value: p.Text(), Reason: "the manager refuses it: " + e.Error()}
}

// meant finds the property that the manager's words are about. If several have that name,
// it is the one whose value is quoted, or else the last.
func meant(properties []property.Property, text string) (found property.Property, ok bool) {
	for _, p := range properties {
		named := hasWord(text, p.Name()) || hasWord(text, p.WireName())
		quoted := isQuoted(p, text)
		switch {
		case named && quoted:
			return p, true
		case named, quoted && !ok:
			found, ok = p, true
		}
	}
	return found, ok
}

// isQuoted reports whether a part of the value is among the manager's words. A
// description may have any words, and counts for nothing.
func isQuoted(p property.Property, text string) bool {
	if p.Name() == "Description" {
		return false
	}
	for _, word := range strings.Fields(p.Text()) {
		word = strings.TrimLeft(word, "|!+-~")
		if len(word) > 1 && hasWord(text, word) {
			return true
		}
	}
	return false
}

// hasWord reports whether text has the word, and not as a part of another word.
func hasWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if word == "" || i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if !endsInWord(text[:start]) && !startsWithWord(text[end:]) {
			return true
		}
		from = end
	}
}

func endsInWord(s string) bool     { return s != "" && unitname.IsAlphanumeric(s[len(s)-1]) }
func startsWithWord(s string) bool { return s != "" && unitname.IsAlphanumeric(s[0]) }

// unsupported is the error for a property that this manager does not support for scopes.
func unsupported(p property.Property) *property.Error {
	reason := "this systemd does not support it for scopes"
	if since := p.Info().Since; since != 0 {
		reason += fmt.Sprintf("; systemd %d does", since)
	}
	return &property.Error{Name: p.Name(), Value: p.Text(), Reason: reason}
}
