package run

import (
	"gorun/internal/hooks"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/scope"
)

// Config describes a run.
type Config struct {
	// Spec is the scope, with a name.
	Spec scope.Spec
	// Named says that the caller chose the unit's name. Runs of that name then find
	// each other.
	Named bool
	// IfRunning says what to do about a run of that name.
	IfRunning IfRunning

	// Command is COMMAND and its arguments, File the file to execute.
	Command []string
	File    string
	// Dir is COMMAND's working directory. Empty means the caller's.
	Dir string
	// Nice is COMMAND's nice value. Nil means the caller's.
	Nice *int
	// OOMScore is COMMAND's rank for the OOM killer. Nil means the caller's.
	OOMScore *int
	// Identity is the user and groups that COMMAND runs as. Nil means the caller's.
	Identity *supervise.Identity
	// Env has assignments on top of the caller's environment, NAME=VALUE.
	Env []string
	// Expand replaces variables in Command.
	Expand bool

	// Exec replaces gorun by COMMAND instead of supervising it.
	Exec bool
	// Nohup makes COMMAND ignore SIGHUP.
	Nohup bool
	// Caller waits for this process until COMMAND has started. Nil unless this process
	// is a detached copy.
	Caller *supervise.Caller
	// AtEnd says what to do about leftover processes.
	AtEnd AtEnd
	// Hooks are what is done at the end of the run.
	Hooks hooks.Hooks
	// Missing is why COMMAND cannot be started, a [*supervise.StartError]. The run begins all the
	// same, so that its hooks run. Nil if nothing is known to be wrong.
	Missing error
	// Inhibit is what logind must not do while the run lasts, with colons in between. Empty for
	// nothing.
	Inhibit string
	// MustSurvive refuses to start COMMAND unless the run survives logout.
	MustSurvive bool
	// BestEffort runs COMMAND without a scope if there is no manager.
	BestEffort bool
	// NoAskPassword keeps polkit from asking for a password on the terminal.
	NoAskPassword bool

	// Output replaces standard descriptors. Nil replaces none.
	Output *output.Output
	// Waiting is the output that waits for the run's end. Nil if it does not.
	Waiting *output.Taken
	// ReportFile gets the report. Nil means no file.
	ReportFile *report.File
	// JudgeSurvival says that the report must say whether the run survives logout.
	JudgeSurvival bool
	// NoRecord leaves no entries in the journal.
	NoRecord bool

	// HideArguments leaves COMMAND's arguments out of the journal. Only its base name is
	// recorded.
	HideArguments bool

	// Tell hears what happens. It may be called from two goroutines at once.
	Tell func(Event)
}

// knowsSurvivalFirst reports whether COMMAND waits for the verdict on surviving logout:
// the caller asked for that, or nobody can be warned later.
func (c *Config) knowsSurvivalFirst() bool { return c.MustSurvive || c.Exec || c.Caller != nil }

// isOfUser reports whether a user manager runs the scope.
func (c *Config) isOfUser() bool { return c.Spec.Manager.OfUser() }
