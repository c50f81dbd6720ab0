// Package hooks runs what the caller of a run wants to be done at its end: commands, and units
// that are started.
//
// A service of the manager's runs them, in a process of its own: see [scope.After]. Each run
// with hooks has one, which begins before COMMAND and is stopped once: by gorun when COMMAND
// has ended, or by the manager when the scope has, because gorun was killed. A unit that stops
// runs its ExecStopPost= once, so that each hook runs once, whoever has seen the end. The
// service is not in the scope, and no stop, kill or limit of the scope concerns it.
//
// gorun leaves two files for that process: the [Job] before COMMAND starts, and the [Ending] when it
// has ended. Until then it holds a lock, which ends with it. Where there is no ending and no lock,
// gorun was killed, and the manager knows the rest. Where there is a lock, gorun still sees COMMAND's
// end, and the hooks wait for that: either the scope has ended, because another program had moved
// gorun out of it, or somebody has stopped the service alone. Who removes the job's file runs the
// hooks: nobody runs them twice.
//
// Without a service manager gorun itself runs them: it is not in the run's cgroup. It also runs
// them where the ending cannot be written, as on a full disk.
//
// Limitations: without a service manager they do not run if gorun is killed; and if the run has no
// cgroup either, its time limit and a stop end the hooks, too. While the machine goes down, the
// manager starts no units. A hook's output goes to the journal. If the process that runs the hooks
// is killed, those that are left do not run. If the service was stopped alone, they do not run if
// gorun is killed after that.
package hooks

import (
	"encoding/json"
	"time"

	"gorun/internal/supervise"
)

// Command is a command line that is run at the end.
type Command struct {
	Text string   // as it was given
	File string   // the file to execute
	Args []string // its name and its arguments, with variables that are replaced when it runs
	// MayFail says that nobody is told of a failure.
	MayFail bool
}

// Hooks are what the caller wants to be done.
type Hooks struct {
	Commands []Command
	// OnSuccess and OnFailure are units that are started when the run ended well, or did not.
	OnSuccess, OnFailure []string
}

// Any reports whether there is anything to be done.
func (h Hooks) Any() bool { return len(h.Commands) > 0 || len(h.OnSuccess) > 0 || len(h.OnFailure) > 0 }

// Units are all units that may be started.
func (h Hooks) Units() []string { return append(append([]string{}, h.OnSuccess...), h.OnFailure...) }

// Job is what has to be known to do it.
type Job struct {
	Hooks
	Manager      string // user, system or embedded; empty without a scope
	Unit         string // the scope
	InvocationID string
	// Env and Dir are the environment and the working directory of the commands.
	Env []string
	Dir string
	// Identity is the user that they run as. Nil means the user of this process.
	Identity *supervise.Identity
	// Timeout is how long a command may run, or a unit take to start, before it is killed or
	// left alone. 0 means that there is no limit.
	Timeout time.Duration
	// HideArguments says that nothing of the command lines but the programs' names may go to the
	// journal.
	HideArguments bool
	// Report is the report of the run as it began.
	Report json.RawMessage
}

// Ending is how the run ended, in systemd's words (systemd.exec(5)).
type Ending struct {
	Result string // SERVICE_RESULT: success, exit-code, signal, timeout, oom-kill; unknown if nobody saw the end
	Code   string // EXIT_CODE: exited, killed, dumped; empty if nobody saw the end
	Status string // EXIT_STATUS: a number, or the name of a signal without SIG; empty like Code
	// Report is the JSON report.
	Report json.RawMessage
	// Parted says that gorun has left COMMAND running, and that nobody sees how it ends. The other
	// fields are then empty.
	Parted bool
}

// Results that have a meaning here.
const (
	Success = "success" // the run ended well
	unknown = "unknown" // nobody saw how COMMAND ended
	signal  = "signal"
)

// EndedWell reports whether the run ended well.
func (e Ending) EndedWell() bool { return e.Result == Success }

// variables are those that the commands get.
func (j Job) variables(e Ending) []string {
	return []string{
		"SERVICE_RESULT=" + e.Result, "EXIT_CODE=" + e.Code, "EXIT_STATUS=" + e.Status,
		"UNIT=" + j.Unit, "INVOCATION_ID=" + j.InvocationID,
	}
}
