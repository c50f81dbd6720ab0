package scope

import (
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Error names of the manager, of D-Bus and of polkit.
const (
	errPropertyReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly"
	errUnknownProperty  = "org.freedesktop.DBus.Error.UnknownProperty"
	errAccessDenied     = "org.freedesktop.DBus.Error.AccessDenied"
	errServiceUnknown   = "org.freedesktop.DBus.Error.ServiceUnknown"
	errNameHasNoOwner   = "org.freedesktop.DBus.Error.NameHasNoOwner"
	errInteractive      = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
	errUnitExists       = "org.freedesktop.systemd1.UnitExists"
)

// startError turns the answer to StartTransientUnit into this package's errors.
// unknown is the property that the manager does not know, if that is the matter.
func (s Spec) startError(err error, unknown string) error {
	var e dbus.Error
	switch {
	case unknown != "":
		return s.unsupported(unknown)
	case !errors.As(err, &e):
		return fmt.Errorf("start %s: %w", s.Unit, err)
	}
	switch e.Name {
	case errAccessDenied, errInteractive:
		return &RefusedError{Unit: s.Unit, Reason: e.Error()}
	case errServiceUnknown, errNameHasNoOwner:
		return &NoManagerError{Manager: s.Manager.resolve(), Tried: []error{e}}
	case errUnitExists:
		// The text also names units that the scope wants.
		if strings.Contains(e.Error(), s.Unit) {
			return &UnitExistsError{Unit: s.Unit}
		}
	}
	return &ManagerError{Unit: s.Unit, Name: e.Name, Message: e.Error()}
}

// unsupported is the error for a property that was asked for and that this
// manager's scopes do not have.
func (s Spec) unsupported(wire string) error {
	properties, _ := s.properties() // valid: it was sent
	for _, p := range properties {
		if p.wire != wire {
			continue
		}
		row, _ := rowNamed(p.name)
		reason := "this systemd does not have it for scopes"
		if row.Since != 0 {
			reason += fmt.Sprintf("; systemd %d does", row.Since)
		}
		return &PropertyError{Name: p.name, Value: p.text, Reason: reason}
	}
	return &PropertyError{Name: wire, Reason: "this systemd does not have it for scopes"}
}
