package scope

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/helper"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// ErrEnded means that the scope has ended and the manager has forgotten it.
var ErrEnded = errors.New("the scope has ended")

// CallError means that the manager did not do what was asked of a running scope.
type CallError struct {
	Doing   string // stop, kill, ...
	Unit    string
	Name    string // the D-Bus error name, or the result of a job
	Message string
}

func (e *CallError) Error() string { return fmt.Sprintf("%s %s: %s", e.Doing, e.Unit, e.Message) }

// Refused reports whether the caller may not do this, by polkit or the bus policy.
func (e *CallError) Refused() bool {
	return e.Name == systemd1.AccessDenied || e.Name == systemd1.InteractiveAuthorizationRequired
}

// HalfFrozenError means that a freeze has failed when some processes may have been suspended.
type HalfFrozenError struct {
	Err     error // of the freeze
	ThawErr error // why they may stand still; nil if they run again
}

func (e *HalfFrozenError) Error() string {
	if e.ThawErr == nil {
		return e.Err.Error() + "; the run was not frozen: all of it runs again"
	}
	return fmt.Sprintf("%v; some of the run may stand still: %v", e.Err, e.ThawErr)
}

func (e *HalfFrozenError) Unwrap() []error { return []error{e.Err, e.ThawErr} }

// UnitNameError means that no scope can have the name.
type UnitNameError struct {
	Name   string
	Reason string
}

func (e *UnitNameError) Error() string { return `unit name "` + e.Name + `": ` + e.Reason } // a backslash of the name stays one

// NoManagerError means that no service manager could be reached.
type NoManagerError struct {
	Manager Manager
	Tried   []error // one for each socket that was tried, in order
}

func (e *NoManagerError) Error() string {
	tried := make([]string, len(e.Tried))
	for i, err := range e.Tried {
		tried[i] = err.Error()
	}
	return fmt.Sprintf("connect to the %s manager: %s", e.Manager, strings.Join(tried, "; "))
}

func (e *NoManagerError) Unwrap() []error { return e.Tried }

// Absent reports whether no such manager runs, so that it has no scopes: it has no socket, or the
// system's manager says so of a user's. Otherwise the manager may well run, and could not be
// reached: it does not answer, it refuses the connection, or the caller may not connect to it.
func (e *NoManagerError) Absent() bool {
	if e.Manager == SystemManager && isBooted() {
		return false // it re-executes
	}
	var ended *managerEndedError
	if errors.As(e, &ended) {
		return true
	}
	return slices.ContainsFunc(e.Tried, isMissing) && !slices.ContainsFunc(e.Tried, isPresent)
}

// isMissing reports whether an error means that there is no manager: it has no socket, or it is
// the system's and not on the message bus.
func isMissing(err error) bool {
	return hasNoSocket(err) || systemd1.IsUnreachable(err) || err == errNotBooted
}

// isPresent reports whether an error means that there may be a manager.
func isPresent(err error) bool {
	var unused *unusedError
	return !isMissing(err) && !errors.As(err, &unused)
}

// unusedError says why a socket was not tried that is not the manager's.
type unusedError struct{ error }

func (e *unusedError) Unwrap() error { return e.error }

// RefusedError means that the caller may not start units: polkit or the bus policy denies
// it, or polkit would have to ask for a password.
type RefusedError struct {
	Unit   string
	Reason string // the manager's or polkit's words
}

func (e *RefusedError) Error() string { return fmt.Sprintf("start %s: refused: %s", e.Unit, e.Reason) }

// UnitExistsError means that the manager has a unit of that name, which runs or has failed
// and is kept.
type UnitExistsError struct {
	Unit    string
	Manager Manager
	// Unknown is a cgroup of that name, with processes, of which no [Embedded] scope is known. Zero if
	// the unit is.
	Unknown cgroup.Group
}

func (e *UnitExistsError) Error() string {
	return fmt.Sprintf("start %s: the unit exists already", e.Unit)
}

// ManagerError is any other error that the manager returns.
type ManagerError struct {
	Unit    string
	Manager Manager
	Name    string // the D-Bus error name
	Message string
}

func (e *ManagerError) Error() string { return fmt.Sprintf("start %s: %s", e.Unit, e.Message) }

// JobError means that the manager queued the start job and did not complete it.
type JobError struct {
	Unit    string
	Manager Manager
	Result  string // of JobRemoved: failed, canceled, timeout, dependency, ...
}

func (e *JobError) Error() string {
	return fmt.Sprintf("start %s: the result of the job is %s", e.Unit, e.Result)
}

// NotPlacedError means that the start job was done and the process is not in the scope.
// That happens if a condition of the unit fails.
type NotPlacedError struct {
	Unit   string
	PID    int    // 0 is the caller
	Cgroup string // where the process is
}

func (e *NotPlacedError) Error() string {
	return fmt.Sprintf("start %s: the process is still in %s", e.Unit, e.Cgroup)
}

// MovedError means that another program has moved the calling process out of the scope each
// time that it was started. tmux and terminal emulators have the manager move each process
// that they start.
type MovedError struct {
	Unit   string
	Cgroup string // where the process is now
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("start %s: another program keeps moving the process, now to %s", e.Unit, e.Cgroup)
}

// NoProcessError means that a process that was to be in the scope has ended. No scope is
// left. It wraps [os.ErrProcessDone], or what the kernel says of the PID.
type NoProcessError struct {
	Unit  string
	PID   int
	cause error
	asked bool // the manager was asked, and may have made the unit
}

func (e *NoProcessError) Error() string {
	return fmt.Sprintf("start %s: process %d: %v", e.Unit, e.PID, e.cause)
}

func (e *NoProcessError) Unwrap() error { return e.cause }

// TimeoutError means that the manager did not answer in time, or a program that the launch
// needs, which the text names. It wraps [context.DeadlineExceeded].
type TimeoutError struct {
	Doing string
	After time.Duration
	cause error
}

func (e *TimeoutError) Error() string {
	if hang := (*helper.HangError)(nil); errors.As(e.cause, &hang) {
		return fmt.Sprintf("%s: %v", e.Doing, hang)
	}
	return fmt.Sprintf("%s: the manager did not answer within %s", e.Doing, property.FormatSpan(e.After))
}

func (e *TimeoutError) Unwrap() error {
	if e.cause == nil {
		return context.DeadlineExceeded
	}
	return e.cause
}

// whileAsking says what was asked of the manager when an error came. If the manager did not answer in
// time, it is a [*TimeoutError].
func whileAsking(doing string, err error) error {
	var timeout *bus.TimeoutError
	if errors.As(err, &timeout) {
		return &TimeoutError{Doing: doing, After: timeout.After, cause: timeout}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
