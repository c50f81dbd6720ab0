package property

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Property is a property of a scope with a valid value. [Parse] makes one. The zero
// Property is none.
type Property struct {
	name  string // as in unit files
	text  string // the value as it was given
	wire  string // the name on the bus
	value any    // in the type that the bus wants
}

// Name is the property's name in unit files, as in "RuntimeMaxSec".
func (p Property) Name() string { return p.name }

// Text is the value as it was given.
func (p Property) Text() string { return p.text }

// String is the assignment as [Parse] reads it.
func (p Property) String() string { return p.name + "=" + p.text }

// Parse reads an assignment as "systemd-run --property" accepts it:
//
//	RuntimeMaxSec=2h   OOMPolicy=kill   MemoryMax=50%
//
// The error is of type [*Error].
func Parse(assignment string) (Property, error) {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return Property{}, &Error{Name: assignment, Reason: "no value; it is written NAME=VALUE"}
	}
	if name == "" {
		return Property{}, &Error{Name: name, Value: value, Reason: "no name; it is written NAME=VALUE"}
	}
	row, ok := Named(name)
	if !ok {
		return Property{}, &Error{Name: name, Reason: unknownReason(name)}
	}
	p, err := row.parse(value)
	if err != nil {
		return Property{}, &Error{Name: name, Value: value, Reason: err.Error()}
	}
	return p, nil
}

// parse makes a property of this row from the text of its value.
func (r Info) parse(text string) (Property, error) {
	wire := r.wire
	if wire == "" {
		wire = r.Name
	}
	value, wireSuffix, err := r.syntax().parse(text)
	if err != nil {
		return Property{}, err
	}
	return Property{name: r.Name, text: text, wire: wire + wireSuffix, value: value}, nil
}

// Info is the property's row in the table.
func (p Property) Info() Info {
	row, _ := Named(p.name) // a property comes from its row
	return row
}

// WireName is the property's name on D-Bus, as in "RuntimeMaxUSec".
func (p Property) WireName() string { return p.wire }

// Value is the value as it is sent over D-Bus, in a Go type that godbus
// encodes as the type that the manager wants.
func (p Property) Value() any { return p.value }

// Span is the value of a property that is a time span. It is 0 for other properties.
func (p Property) Span() time.Duration {
	usec, _ := p.value.(uint64)
	return Duration(usec)
}

// IsTrue reports whether the value is the boolean true.
func (p Property) IsTrue() bool { return p.value == true }

// Signal is the value of a property that is a signal. It is 0 for other properties.
func (p Property) Signal() unix.Signal {
	n, _ := p.value.(int32)
	return unix.Signal(n)
}

// Warning says what is surprising about a property that is valid: that it has no effect,
// or another effect than its name promises. Empty if nothing is surprising.
func (p Property) Warning() string {
	row := p.Info()
	switch {
	case row.futile != "":
		return "it has no effect: " + row.futile
	case row.caveat != "" && p.text != "" && p.text != "none":
		return row.caveat
	}
	for _, s := range row.surprising {
		if s.value == p.text {
			return s.effect
		}
	}
	return ""
}
