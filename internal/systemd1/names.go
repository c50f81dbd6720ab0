package systemd1

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// The manager on the bus.
const (
	// Name is the manager's bus name.
	Name = "org.freedesktop.systemd1"
	// Path is the manager's object.
	Path = "/org/freedesktop/systemd1"
	// Interface has the manager's own methods, signals and properties.
	Interface = Name + ".Manager"
)

// Kind is the interface that has a property of a unit.
type Kind string

const (
	// Unit has what units of all types have.
	Unit Kind = "Unit"
	// Scope has what only scopes have.
	Scope Kind = "Scope"
	// Slice has what only slices have.
	Slice Kind = "Slice"
	// Service has what only services have.
	Service Kind = "Service"
)

// Interface is the kind's D-Bus interface.
func (k Kind) Interface() string { return Name + "." + string(k) }

// Call is a call of one of the manager's own methods.
func Call(method string, args ...any) bus.Call {
	return bus.Call{Destination: Name, Path: Path, Interface: Interface, Member: method, Args: args}
}

// UnitCall is a call of a method of a unit. The unit is a name or an invocation ID.
func UnitCall(unit, method string, args ...any) bus.Call {
	return bus.Call{Destination: Name, Path: UnitPath(unit), Interface: Unit.Interface(), Member: method, Args: args}
}

// UnitPath is the object path of a unit, which is a name or an invocation ID. All
// characters but letters and digits are written as _XX (bus-label.c).
func UnitPath(unit string) dbus.ObjectPath {
	var b strings.Builder
	b.WriteString(Path + "/unit/")
	for i := range len(unit) {
		c := unit[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		isDigit := '0' <= c && c <= '9'
		if isLetter || isDigit && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return dbus.ObjectPath(b.String())
}
