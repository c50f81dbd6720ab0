package scope

import (
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"gorun/internal/systemd1"
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
	return &ManagerError{Unit: s.Unit, Name: e.Name, Message: e.Error()}
}

// existingUnit finds in the manager's words which unit exists: the scope or one
// that it wants.
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

// unknownProperty finds the property in the manager's words for one that it does
// not know, or does not let be set on a scope:
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

// unsupportedWire is the error for a property that was asked for and that this
// manager's scopes do not have.
func (s Spec) unsupportedWire(wire string) error {
	properties, _ := s.properties() // valid: it was sent
	for _, p := range properties {
		if p.WireName() == wire {
			return unsupported(p)
		}
	}
	return &property.Error{Name: wire, Reason: "this systemd does not have it for scopes"}
}
