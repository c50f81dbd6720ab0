package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// hintFor says what can be done about an error. It is empty if there is nothing to say.
func hintFor(err error) string {
	var (
		noManager *scope.NoManagerError
		refused   *scope.RefusedError
		notOurs   *run.NotOursError
		exists    *scope.UnitExistsError
		noRoom    *run.NoRoomError
		mortal    *run.MortalError
		unknown   *run.UnknownSurvivalError
		lease     *scope.LeaseError
		notRoot   *notRootError
		limit     *scope.LimitError
		property  *property.Error
		start     *supervise.StartError
		setup     *supervise.SetupError
		timeout   *scope.TimeoutError
		notPlaced *scope.NotPlacedError
		left      *run.LeftoverError
		job       *scope.JobError
	)
	switch {
	case errors.As(err, &left):
		return fmt.Sprintf("stop them with '%s stop %s', or let --if-running=replace do it; --if-running=wait waits for them", systemctl(left.Manager), left.Unit)
	case errors.As(err, &start) && start.NotFound():
		return hintForMissing(start.Name)
	case errors.As(err, &property):
		return hintForProperty(property.Name)
	case errors.As(err, &noManager) && errors.As(err, &lease):
		return "your user manager is not running, and cannot be started: log in, or have the administrator run 'loginctl enable-linger " + callerName() + "'"
	case errors.As(err, &noManager) && noManager.Manager == scope.UserManager:
		return "your user manager is not running: log in, or start it with 'loginctl enable-linger'"
	case errors.As(err, &noManager):
		return "'gorun --doctor' checks whether systemd runs on this machine"
	case errors.As(err, &refused):
		return "only root may use the system manager: leave --system out, or use sudo"
	case errors.As(err, &notOurs):
		return fmt.Sprintf("'%s status %s' shows it; choose another --unit", systemctl(notOurs.Exists.Manager), notOurs.Exists.Unit)
	case errors.As(err, &exists):
		return fmt.Sprintf("'%s status %s' shows it; choose another --unit, or say with --if-running what to do about it", systemctl(exists.Manager), exists.Unit)
	case errors.As(err, &unknown):
		return "run gorun outside of the container or sandbox"
	case errors.As(err, &mortal), errors.As(err, &lease):
		return "'loginctl enable-linger' keeps your user manager running, if the administrator allows it"
	case errors.As(err, &limit) && limit.Controller != "" && limit.Manager == scope.UserManager:
		return "'sudo gorun --uid=\"$USER\" COMMAND' runs COMMAND under the system manager; --best-effort runs it without the limit"
	case errors.As(err, &limit):
		return "--best-effort runs COMMAND without the limit"
	case errors.As(err, &notRoot):
		return "put sudo in front: 'sudo gorun --uid=USER COMMAND' uses the system manager, 'sudo -u USER gorun COMMAND' uses USER's"
	case errors.As(err, &setup) && setup.IsNice() && errors.Is(err, unix.EACCES):
		return "only root may lower the nice value"
	case errors.As(err, &timeout):
		return "'gorun --doctor' finds out what is wrong with the manager"
	case errors.As(err, &notPlaced):
		return "look at the Condition properties of the unit, from options and drop-ins: one may not be met"
	case errors.As(err, &job) && job.Result == "assert":
		return "look at the Assert properties of the unit, from options and drop-ins: one is not met"
	case errors.As(err, &job) && job.Result == "dependency":
		return "look at the units that the scope requires: one did not start"
	case errors.As(err, &noRoom):
		return "raise --tasks-max, or use --exec, which replaces gorun by COMMAND"
	}
	return ""
}

// hintForMissing guesses what a command means that does not exist.
func hintForMissing(name string) string {
	switch {
	case strings.ContainsAny(name, ";|&<>") || strings.Contains(strings.TrimSpace(name), " "):
		return "to run a shell's command line: gorun sh -c '...'"
	case slices.ContainsFunc(managements(), func(m management) bool { return m.option == name }):
		return "gorun has no subcommands; did you mean --" + name + "?"
	}
	return ""
}

// callerName names the caller to loginctl(1), which also takes a UID.
func callerName() string {
	user, err := account.ByUID(account.OwnUID())
	if err != nil {
		return fmt.Sprint(account.OwnUID())
	}
	return user.Argument()
}

// systemctl is the command that speaks to a manager.
func systemctl(m scope.Manager) string { return text.Systemctl(m == scope.UserManager) }
