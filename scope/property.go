package scope

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/systemd1"
)

// Property is a property of a scope with its value, ready to be sent. Make one
// with [ParseProperty].
type Property struct {
	name  string // as in unit files
	text  string // the value as it was given
	wire  string // the name on the bus
	value any    // in the type that the bus wants
}

// Name is the property's name in unit files, as in "RuntimeMaxSec".
func (p Property) Name() string { return p.name }

// String is the assignment as [ParseProperty] reads it.
func (p Property) String() string { return p.name + "=" + p.text }

// ParseProperty reads an assignment as "systemd-run --property" takes it:
//
//	RuntimeMaxSec=2h   OOMPolicy=kill   MemoryMax=50%
//
// Errors are of type [*PropertyError].
func ParseProperty(assignment string) (Property, error) {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return Property{}, &PropertyError{Name: assignment, Reason: "no value; it is written NAME=VALUE"}
	}
	if name == "" {
		return Property{}, &PropertyError{Name: name, Value: value, Reason: "no name; it is written NAME=VALUE"}
	}
	row, ok := PropertyNamed(name)
	if !ok {
		return Property{}, &PropertyError{Name: name, Reason: unknownReason(name)}
	}
	p, err := row.parse(value)
	if err != nil {
		return Property{}, &PropertyError{Name: name, Value: value, Reason: err.Error()}
	}
	return p, nil
}

// parse makes a property of this row from the text of its value.
func (r PropertyInfo) parse(text string) (Property, error) {
	wire := r.wire
	if wire == "" {
		wire = r.Name
	}
	value, wireSuffix, err := r.syntax.parse(text)
	if err != nil {
		return Property{}, err
	}
	return Property{name: r.Name, text: text, wire: wire + wireSuffix, value: value}, nil
}

// Info describes the property.
func (p Property) Info() PropertyInfo {
	row, _ := PropertyNamed(p.name) // a property comes from its row
	return row
}

// message is the property as StartTransientUnit takes it.
func (p Property) message() systemd1.Property {
	return systemd1.Set(p.wire, p.value)
}

// Span is the value of a property that is a time span, else 0.
func (p Property) Span() time.Duration {
	usec, _ := p.value.(uint64)
	return duration(usec)
}

// IsTrue tells whether the value is the boolean true.
func (p Property) IsTrue() bool { return p.value == true }

// Signal is the value of a property that is a signal, else 0.
func (p Property) Signal() unix.Signal {
	n, _ := p.value.(int32)
	return unix.Signal(n)
}
