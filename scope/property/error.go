package property

import "fmt"

// Error means that a property cannot be set as it was asked for: it is unknown, its value
// is invalid, or the manager refuses it. Nothing was started.
type Error struct {
	Name   string // as in unit files: RuntimeMaxSec
	Value  string // as it was given; empty if the property itself is the problem
	Reason string // what is wrong, in lower case without a full stop
}

func (e *Error) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("property %s: %s", e.Name, e.Reason)
	}
	return fmt.Sprintf("property %s=%s: %s", e.Name, e.Value, e.Reason)
}
