package scope

import (
	"fmt"
	"strings"
	"time"

	"gorun/scope/property"
)

// UnitNameError tells of a name that no scope, or no slice, can have.
type UnitNameError struct {
	Name   string
	Reason string
}

func (e *UnitNameError) Error() string { return fmt.Sprintf("unit name %q: %s", e.Name, e.Reason) }

// NoManagerError tells that no service manager could be reached.
type NoManagerError struct {
	Manager Manager
	Tried   []error // one for each socket, in the order of trying
}

func (e *NoManagerError) Error() string {
	tried := make([]string, len(e.Tried))
	for i, err := range e.Tried {
		tried[i] = err.Error()
	}
	return fmt.Sprintf("no %s service manager: %s", e.Manager, strings.Join(tried, "; "))
}

func (e *NoManagerError) Unwrap() []error { return e.Tried }

// RefusedError tells that the manager does not let the caller start units: polkit
// or the bus policy denies it, or polkit would have to ask for a password.
type RefusedError struct {
	Unit   string
	Reason string // the manager's or polkit's words
}

func (e *RefusedError) Error() string { return fmt.Sprintf("start %s: refused: %s", e.Unit, e.Reason) }

// UnitExistsError tells that the manager has a unit of that name: a run that is
// still going, or an ended one that is kept.
type UnitExistsError struct {
	Unit    string
	Manager Manager
}

func (e *UnitExistsError) Error() string { return fmt.Sprintf("unit %s exists already", e.Unit) }

// ManagerError is any other error of the manager's.
type ManagerError struct {
	Unit    string
	Name    string // the D-Bus error name
	Message string
}

func (e *ManagerError) Error() string { return fmt.Sprintf("start %s: %s", e.Unit, e.Message) }

// JobError tells that the manager took the start job on and then did not do it.
type JobError struct {
	Unit   string
	Result string // of JobRemoved: failed, canceled, timeout, dependency, ...
}

func (e *JobError) Error() string { return fmt.Sprintf("start %s: job %s", e.Unit, e.Result) }

// NotPlacedError tells that the start job was done and the process is not in the
// scope all the same, as happens when a condition of the unit fails.
type NotPlacedError struct {
	Unit   string
	PID    int    // 0 is the caller
	Cgroup string // where the process is
}

func (e *NotPlacedError) Error() string {
	return fmt.Sprintf("start %s: the process is still in %s", e.Unit, e.Cgroup)
}

// TimeoutError tells that the manager did not do its part in time. It wraps
// [context.DeadlineExceeded].
type TimeoutError struct {
	Doing string
	After time.Duration
	cause error
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s: no answer within %s", e.Doing, property.FormatSpan(e.After))
}

func (e *TimeoutError) Unwrap() error { return e.cause }
