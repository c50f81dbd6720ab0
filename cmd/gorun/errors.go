package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/supervise"
	"gorun/scope"
	"gorun/scope/property"
)

// The exit statuses that are gorun's own.
const (
	statusTimeout  = 124
	statusFailed   = 125
	statusCannot   = 126
	statusNotFound = 127
)

// usageError tells of an option that was not given right.
type usageError struct {
	option string // as it was typed: --unit=x, -p
	reason string
	cause  error // what it comes from, for its hint; nil if there is none
}

func (e *usageError) Unwrap() error { return e.cause }

func (e *usageError) Error() string { return fmt.Sprintf("%s: %s", e.option, e.reason) }

// noCommandError tells that there is nothing to run.
type noCommandError struct{}

func (*noCommandError) Error() string { return "no command" }

// reason is what the system says, without the name of the file or call.
func reason(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// errNoRoom is what fork(2) says when there are too many processes.
var errNoRoom = unix.EAGAIN

// noRoomError tells that the scope has no room for COMMAND beside gorun.
type noRoomError struct{ err error }

func (e *noRoomError) Error() string {
	return fmt.Sprintf("%v: TasksMax or the limit on processes leaves no room beside gorun itself", e.err)
}

func (e *noRoomError) Unwrap() error { return e.err }

// lacksMeans tells that it was not COMMAND's fault that it was not started.
func lacksMeans(err error) bool {
	return errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// exitStatus maps what went wrong to gorun's exit status.
func exitStatus(err error) int {
	var start *supervise.StartError
	var noRun *noRunError
	var usage *usageError
	var managed *managementError
	switch {
	case errors.As(err, &noRun):
		return statusMissing
	case errors.As(err, &managed) && !errors.As(err, &usage):
		return statusManagement
	}
	if _, full := err.(*noRoomError); full || lacksMeans(err) || !errors.As(err, &start) {
		return statusFailed
	}
	if start.NotFound() {
		return statusNotFound
	}
	return statusCannot
}

// hintFor says what can be done about an error, "" if there is nothing to say.
func hintFor(err error) string {
	var (
		noManager *scope.NoManagerError
		refused   *scope.RefusedError
		exists    *scope.UnitExistsError
		noRoom    *noRoomError
		mortal    *mortalError
		lease     *scope.LeaseError
		notRoot   *notRootError
		limit     *scope.LimitError
		property  *property.Error
		start     *supervise.StartError
		setup     *supervise.SetupError
		timeout   *scope.TimeoutError
		notPlaced *scope.NotPlacedError
		left      *leftoverError
		job       *scope.JobError
	)
	switch {
	case errors.As(err, &left):
		return fmt.Sprintf("'systemctl%s stop %s' ends that; or see --if-running=wait and replace", userOption(left.manager), left.unit)
	case errors.As(err, &start) && start.NotFound():
		return hintForMissing(start.Name)
	case errors.As(err, &property):
		return hintForProperty(property.Name)
	case errors.As(err, &noManager) && errors.As(err, &lease):
		return "your user manager is not running, and cannot be started: log in, or have the administrator run 'loginctl enable-linger " + callerName() + "'"
	case errors.As(err, &noManager) && noManager.Manager == scope.UserManager:
		return "your user manager is not running: log in, or start it with 'loginctl enable-linger'"
	case errors.As(err, &noManager):
		return "is systemd running as PID 1? See /run/systemd/system"
	case errors.As(err, &refused):
		return "the system manager is root's: leave --system out, or use sudo"
	case errors.As(err, &exists):
		return fmt.Sprintf("see it with 'systemctl%s status %s', or choose another --unit", userOption(exists.Manager), exists.Unit)
	case errors.As(err, &mortal), errors.As(err, &lease):
		return "'loginctl enable-linger' keeps your manager running, if the administrator lets you"
	case errors.As(err, &limit) && limit.Controller != "" && limit.Manager == scope.UserManager:
		return "the system's manager can: 'sudo gorun --uid=$USER'; or run without the limit: --best-effort"
	case errors.As(err, &limit):
		return "to run without the limit: --best-effort"
	case errors.As(err, &notRoot):
		return "put sudo in front: 'sudo gorun --uid=USER COMMAND', or 'sudo -u USER gorun COMMAND' for USER's own manager"
	case errors.As(err, &setup) && setup.IsNice() && errors.Is(err, unix.EACCES):
		return "only root may go below the niceness that there is"
	case errors.As(err, &timeout):
		return "'gorun --doctor' looks for what keeps the manager"
	case errors.As(err, &notPlaced):
		return "a Condition of the unit's, asked for or in a drop-in, may not hold"
	case errors.As(err, &job) && job.Result == "assert":
		return "an Assert of the unit's, asked for or in a drop-in, does not hold"
	case errors.As(err, &job) && job.Result == "dependency":
		return "a unit that the scope requires did not start"
	case errors.As(err, &noRoom):
		return "--exec replaces gorun by the command"
	}
	return ""
}

// hintForMissing says what may be meant by a command that is not there.
func hintForMissing(name string) string {
	switch {
	case strings.ContainsAny(name, ";|&<>") || strings.Contains(strings.TrimSpace(name), " "):
		return "for a shell's command line: gorun sh -c '...'"
	case slices.ContainsFunc(managements(), func(m management) bool { return m.option == name }):
		return "gorun has no subcommands: --" + name
	}
	return ""
}

// callerName is the caller's name, for a command line.
func callerName() string {
	user, err := account.ByUID(os.Geteuid())
	if err != nil {
		return fmt.Sprint(os.Geteuid()) // loginctl(1) takes a UID as well
	}
	return user.Name
}

// userOption is what systemctl(1) needs to speak to a manager.
func userOption(m scope.Manager) string {
	if m == scope.UserManager {
		return " --user"
	}
	return ""
}
