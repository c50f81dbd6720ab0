package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/cause"
	"gorun/internal/diagnose"
	"gorun/internal/entry"
	"gorun/internal/logind"
	"gorun/internal/manage"
	"gorun/internal/output"
	"gorun/internal/quoting"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/internal/text"
	"gorun/scope"
	"gorun/scope/property"
)

// hintFor says what can be done about an error. It is empty if there is nothing to say.
func hintFor(err error) string {
	for _, hint := range hints() {
		if text := hint(err); text != "" {
			return text
		}
	}
	return ""
}

// hint says what can be done about one type of error. It is empty for other errors, and if
// there is nothing to say.
type hint func(error) string

// about is the hint for errors of a type.
func about[E error](words func(E) string) hint {
	return func(err error) string {
		if e := *new(E); errors.As(err, &e) {
			return words(e)
		}
		return ""
	}
}

// always is the hint for all errors of a type.
func always[E error](text string) hint { return about(func(E) string { return text }) }

// hints has the hints. If several are for an error, the first wins: an error may wrap
// another, whose hint then says less.
func hints() []hint {
	return []hint{
		about(hintForFailedAdoption),
		about(hintForCause),
		about(func(e *run.LeftoverError) string {
			if e.Multiplexer != "" {
				return fmt.Sprintf("--if-running=join starts COMMAND beside them; '%s stop %s' and --if-running=replace would end %s with all of its sessions", systemctl(e.Manager), e.Unit, e.Multiplexer)
			}
			return fmt.Sprintf("stop them with '%s stop %s', or let --if-running=replace do it; --if-running=wait waits for them", systemctl(e.Manager), e.Unit)
		}),
		about(func(e *supervise.StartError) string {
			if !e.NotFound() {
				return ""
			}
			return hintForMissing(e.Name)
		}),
		about(func(e *run.LittleRoomError) string {
			switch {
			case e.Guess != "":
				return fmt.Sprintf("%s is a number of bytes: did you mean %s?", e.Err.Value, e.Guess)
			case e.Exec:
				return "raise it, or use --exec, which replaces gorun by COMMAND"
			}
			return "raise it"
		}),
		about(func(e *output.TargetError) string {
			if e.Asked {
				return ""
			}
			return "--log-to says where the output goes: --log-to=file:PATH, or --log-to=null"
		}),
		about(func(e *manage.NoLogError) string {
			if e.Why == "" {
				return ""
			}
			return "--all-runs shows the output of earlier runs"
		}),
		about(func(e *manage.NoRunError) string {
			if len(e.Near) == 0 {
				return ""
			}
			return "what changes runs takes whole words of their names: did you mean " + e.Near[0] + "?"
		}),
		always[*manage.AmbiguousError]("'gorun --list' shows them: name one of them"),
		about(func(e *manage.ForeignError) string {
			return fmt.Sprintf("'%s status %s' shows what it is", systemctl(e.Manager), e.Unit)
		}),
		about(func(e *scope.CallError) string {
			switch {
			case e.Refused():
				return onlyRoot
			case e.Name == "canceled":
				return canceled
			}
			return ""
		}),
		about(hintForLeft),
		always[*run.UnkeptError]("without --unit the run needs no note; --best-effort runs COMMAND anyway"),
		always[*manage.OwnRunError]("do it from outside of that run"),
		about(func(e *run.OwnRunError) string {
			return "choose another --unit, or run gorun outside of " + e.Unit
		}),
		about(hintForAdoption),
		about(func(e *manage.MortalError) string { return enableLinger }),
		always[*manage.HangupError]("in a shell, 'disown' makes the shell leave its jobs alone when it ends; what reads from the terminal or writes to it then fails"),
		about(func(e *property.Error) string { return hintForProperty(e.Name) }),
		about(hintForNoManager),
		always[*scope.RefusedError](onlyRoot),
		about(func(e *run.NotOursError) string {
			return fmt.Sprintf("'%s status %s' shows it; choose another --unit", systemctl(e.Exists.Manager), e.Exists.Unit)
		}),
		about(func(e *scope.UnusableUnitError) string {
			switch e.Load {
			case "not-found":
				return fmt.Sprintf("'%s daemon-reload' makes the manager look for new files", systemctl(e.Manager))
			case "masked":
				return fmt.Sprintf("'%s unmask %s' lets it start", systemctl(e.Manager), e.Unit)
			}
			return fmt.Sprintf("'%s status %s' says why", systemctl(e.Manager), e.Unit)
		}),
		always[*logind.RefusedError]("root gets it: 'sudo gorun --uid=USER --inhibit=WHAT COMMAND'"),
		always[*scope.AfterError]("the manager must be able to execute gorun's file: install it where the manager sees it"),
		always[*run.OtherUserError]("--uid runs COMMAND as that run's user"),
		about(func(e *scope.UnitExistsError) string {
			return fmt.Sprintf("'%s status %s' shows it; choose another --unit, or say with --if-running what to do about it", systemctl(e.Manager), e.Unit)
		}),
		always[*run.UnknownSurvivalError]("run gorun outside of the container or sandbox"),
		always[*logind.RiskError](diagnose.UpdateForLingering),
		always[*run.LogoutError](enableLinger),
		always[*scope.LeaseError](enableLinger),
		about(hintForLimit),
		about(func(e *entry.RightsError) string {
			remedy := "chmod u-s,g-s "
			if e.Capabilities {
				remedy = "setcap -r "
			}
			return fmt.Sprintf("remove that with 'sudo %s%s'; 'sudo -u USER gorun COMMAND' runs COMMAND as another user", remedy, quoting.Word(e.File))
		}),
		always[*notRootError]("put sudo in front: 'sudo gorun --uid=USER COMMAND' uses the system manager, 'sudo -u USER gorun COMMAND' uses USER's"),
		about(func(e *supervise.SetupError) string {
			switch {
			case e.Of == supervise.Niceness && errors.Is(e, unix.EACCES):
				return "only root may lower the nice value: choose a higher one"
			case e.Of == supervise.OOMScore && errors.Is(e, unix.EACCES):
				return "only root may lower the OOM score: choose a higher one"
			}
			return ""
		}),
		always[*scope.TimeoutError]("'gorun --doctor' finds out what is wrong with the manager"),
		always[*scope.NotPlacedError]("look at the Condition properties of the unit, from options and drop-ins: one may not be met"),
		always[*scope.MovedError](startFromShell),
		always[*run.StrayError](startFromShell),
		about(hintForJob),
		always[*run.NoRoomError]("raise --tasks-max, or use --exec, which replaces gorun by COMMAND"),
	}
}

const onlyRoot = "only root may use the system manager: leave --system out, or use sudo"

const canceled = "somebody started or stopped the unit, or units that it depends on, at the same time: try again"

const enableLinger = "'loginctl enable-linger' keeps your user manager running, if the administrator allows it"

// startFromShell is for programs that move the process that they start: they then move the
// shell.
const startFromShell = "start gorun from a shell that stays: sh -c 'gorun COMMAND; exit $?'"

// hintForCause adds the way without a manager where none can be had on this machine, or by
// this user.
func hintForCause(c *cause.Cause) string {
	text := diagnose.Fix(c)
	switch c.Kind {
	case cause.NoSystemd, cause.WSL:
		text += "; --embedded runs COMMAND without a service manager"
	case cause.NoEntry, cause.DynamicUser:
		text += "; --best-effort runs COMMAND without a scope"
	}
	return text
}

// hintForLeft says how the processes that a stop has left can be found.
func hintForLeft(e *manage.LeftError) string {
	if e.Dir == "" {
		return "'gorun --embedded --status " + e.Unit + "' lists them"
	}
	return "'cat " + e.Dir + "/cgroup.procs' lists them"
}

// hintForNoManager is the hint if nothing else is known to be wrong.
func hintForNoManager(e *scope.NoManagerError) string {
	var lease *scope.LeaseError
	switch {
	case e.Manager == scope.SystemManager:
		return "'gorun --doctor' checks whether systemd runs on this machine"
	case errors.Is(e, unix.ECONNREFUSED), errors.Is(e, unix.EACCES) && !errors.Is(e, unix.ENOENT):
		return "'gorun --doctor' finds out what is wrong with the manager"
	case errors.As(e, &lease):
		return "no user manager of yours answers, and none can be started: log in, or have the administrator run 'loginctl enable-linger " + callerName() + "'"
	}
	return "no user manager of yours answers: log in, or start one with 'loginctl enable-linger'"
}

func hintForLimit(e *scope.LimitError) string {
	const bestEffort = "--best-effort runs "
	if e.Running {
		return "a running scope keeps its limits: leave the option out, or choose another --unit; " + bestEffort + "COMMAND there all the same"
	}
	if e.Manager == scope.Embedded {
		return "limits need a cgroup v2 with the controller that you may write to and that has no process of its own, such as a mounted root or a delegated group; " + bestEffort + "COMMAND without the limit"
	}
	if e.Late() {
		return diagnose.ReexecuteManager + "; until then " + bestEffort + "COMMAND without the limit"
	}
	if e.Controller != "" && e.Manager == scope.UserManager {
		return "'sudo gorun --uid=\"$USER\" COMMAND' runs COMMAND under the system manager; " + bestEffort + "it without the limit"
	}
	return bestEffort + "COMMAND without the limit"
}

// hintForJob says what to do about a start that was not done.
func hintForJob(e *scope.JobError) string {
	switch e.Result {
	case "assert":
		return "look at the Assert properties of the unit, from options and drop-ins: one is not met"
	case "dependency":
		return "look at the units that the scope requires: one did not start"
	case "canceled":
		return canceled
	}
	return fmt.Sprintf("'%s -u %s' says why", journalctl(e.Manager), e.Unit)
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

// journalctl is the command that shows what a manager says.
func journalctl(m scope.Manager) string {
	return strings.Replace(systemctl(m), "systemctl", "journalctl", 1)
}

// hintForFailedAdoption replaces the hints that are about a launch of COMMAND.
func hintForFailedAdoption(e *adoptionError) string {
	var limit *scope.LimitError
	var found *cause.Cause
	var exists *scope.UnitExistsError
	switch {
	case errors.As(e, &found):
		return diagnose.Fix(found)
	case errors.As(e, &limit) && limit.Late():
		return diagnose.ReexecuteManager + "; --best-effort accepts a limit that is not in force"
	case errors.As(e, &limit):
		return "--best-effort accepts a limit that is not in force"
	case errors.As(e, &exists):
		return fmt.Sprintf("'%s status %s' shows it; choose another --unit", systemctl(exists.Manager), exists.Unit)
	}
	return ""
}

// hintForAdoption says how a process can be adopted that was not.
func hintForAdoption(e *scope.AdoptError) string {
	switch e.Reason {
	case scope.OtherUser:
		user := e.User
		if uid, ok := strings.CutPrefix(user, "UID "); ok {
			user = "#" + uid // as sudo(8) names a user without a name
		}
		return fmt.Sprintf("'sudo -u %s gorun --adopt %d' moves it into a scope of that user's", quoting.Word(user), e.PID)
	case scope.Thread:
		return fmt.Sprintf("'gorun --adopt %d' moves the process, with all of its threads", e.Owner)
	case scope.Zombie:
		return "nothing of it is left to move: leave it out; it is gone when its parent has waited for it"
	case scope.Supervised:
		return fmt.Sprintf("gorun --status %s shows the run; --force takes the process out of it, and out of its limits", e.Unit)
	case scope.OtherUnit:
		return fmt.Sprintf("--force takes the process out of %s, and out of the limits that it has there", e.Unit)
	case scope.MainProcess:
		return "adopt what the service has started, or set KillMode=process for it: its restart then spares that"
	case scope.InNamespace:
		return "run gorun outside of the container or sandbox"
	}
	return ""
}
