package run

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/scope"
	"gorun/scope/property"
)

// NoRoomError means that the scope has no room for COMMAND beside gorun.
type NoRoomError struct{ Err error }

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("%v: TasksMax or the limit on processes leaves no room beside gorun", e.Err)
}

func (e *NoRoomError) Unwrap() error { return e.Err }

// withNoRoom turns EAGAIN, with which fork(2) reports too many processes, into a
// [*NoRoomError].
func withNoRoom(err error) error {
	if errors.Is(err, unix.EAGAIN) {
		return &NoRoomError{err}
	}
	return err
}

// LogoutError means that a logout ends the run, or may end it, because it ends the user's
// manager.
type LogoutError struct {
	Unit   string
	Reason error
	Delay  time.Duration // from the last logout; negative if the logout may not end it
}

func (e *LogoutError) Error() string {
	end := "ends " + property.FormatSpan(e.Delay) + " after"
	switch {
	case e.Delay == 0: // UserStopDelaySec=0
		end = "ends with"
	case e.Delay < 0:
		end = "may end with"
	}
	return fmt.Sprintf("%s %s your last logout: %v", e.Unit, end, e.Reason)
}

func (e *LogoutError) Unwrap() error { return e.Reason }

// UnknownSurvivalError means that nobody knows whether the run survives logout.
type UnknownSurvivalError struct {
	Unit    string
	Verdict logind.Verdict
}

func (e *UnknownSurvivalError) Error() string {
	return fmt.Sprintf("whether %s survives your last logout is %s", e.Unit, e.Verdict.Reason)
}

// ReportError means that the report's file cannot be written, and has an earlier run's
// report or another user's contents.
type ReportError struct{ Err error }

func (e *ReportError) Error() string { return "report: " + e.Err.Error() }

func (e *ReportError) Unwrap() error { return e.Err }

// OwnRunError means that gorun was started within the run that it would wait for.
type OwnRunError struct {
	IfRunning IfRunning
	Unit      string
}

func (e *OwnRunError) Error() string {
	return "gorun was started within " + e.Unit + ", and would wait for its own end"
}

// NotOursError means that the unit was not started by gorun.
type NotOursError struct{ Exists *scope.UnitExistsError }

func (e *NotOursError) Error() string { return e.Exists.Error() + ", and was not started by gorun" }

func (e *NotOursError) Unwrap() error { return e.Exists }

// LeftoverError means that leftover processes of a run that has ended keep its unit.
type LeftoverError struct {
	Unit      string
	Manager   scope.Manager
	Processes []string // NAME (process PID)
	// Multiplexer is the terminal multiplexer whose server is among them. Empty if none is.
	Multiplexer string
}

func (e *LeftoverError) Error() string {
	return e.Unit + ": the run has ended, but its leftover processes keep the unit: " + strings.Join(e.Processes, ", ")
}

// OtherUserError means that the run that is to be joined is another user's than COMMAND would
// be.
type OtherUserError struct {
	Unit string
	UID  int // that COMMAND would have
}

func (e *OtherUserError) Error() string {
	return fmt.Sprintf("join %s: it has no process of the user %s, as whom COMMAND would run", e.Unit, userName(e.UID))
}

// userName is the name of a user, or the UID if it has none.
func userName(uid int) string {
	user, err := account.ByUID(uid)
	if err != nil {
		return fmt.Sprint(uid)
	}
	return user.Name
}

// NoScopeError means that COMMAND runs without a scope.
type NoScopeError struct{ Err error }

func (e *NoScopeError) Error() string {
	return e.Err.Error() + "; COMMAND runs without a scope, and without limits"
}

func (e *NoScopeError) Unwrap() error { return e.Err }

// StrayError means that another program has moved gorun out of the scope after the start, and
// that it cannot return.
type StrayError struct {
	Unit    string
	Cgroup  string // where it is
	Command bool   // COMMAND is there, too
	Err     error
}

func (e *StrayError) Error() string {
	if e.Command {
		return fmt.Sprintf("%s: another program has moved COMMAND to %s, without the scope's limits, and it cannot be moved back: %v", e.Unit, e.Cgroup, e.Err)
	}
	return fmt.Sprintf("%s: another program has moved gorun, but not COMMAND, to %s, and gorun cannot return: %v", e.Unit, e.Cgroup, e.Err)
}

func (e *StrayError) Unwrap() error { return e.Err }

// UnsetError means that variables in Command have no value, and were expanded to
// nothing.
type UnsetError struct{ Names []string }

func (e *UnsetError) Error() string {
	return "variables that are not set expand to nothing: " + strings.Join(e.Names, ", ")
}

// AtEndError means that leftover processes could not be dealt with.
type AtEndError struct {
	AtEnd AtEnd
	Err   error // nil if there is no scope, which would hold them
}

func (e *AtEndError) Error() string {
	if e.Err == nil {
		return "no effect without a scope"
	}
	return "leftover processes: " + e.Err.Error()
}

func (e *AtEndError) Unwrap() error { return e.Err }
