package property

import "fmt"

// Error tells of a property that cannot be had as it was asked for. Nothing
// was started.
type Error struct {
	Name   string // as in unit files: RuntimeMaxSec
	Value  string // as it was given; empty if the property itself is the problem
	Reason string // what is wrong, in lower case
}

func (e *Error) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("property %s: %s", e.Name, e.Reason)
	}
	return fmt.Sprintf("property %s=%s: %s", e.Name, e.Value, e.Reason)
}
