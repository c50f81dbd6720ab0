package run

import (
	"gorun/internal/report"
	"gorun/scope"
)

// Event is something that happens during a run: [Skipped], [Started], [Joined],
// [Redirected], [Warning], [Starting], [CallerReleased], [Ending], [Noticed], [Left], [Ended] or [ReportFailed].
type Event interface{ event() }

// Skipped means that another run of the unit is still running, and COMMAND is not run.
type Skipped struct{ Unit string }

// Started means that this process is in the scope. COMMAND starts next.
type Started struct{ Scope *scope.Scope }

// Joined means that this process is in the scope of another run. COMMAND starts next.
type Joined struct{ Scope *scope.Scope }

// Redirected means that COMMAND's output goes to a file that nobody asked for.
type Redirected struct{ File string }

// Warning means that the run lacks something: a [*NoScopeError], [*LogoutError],
// [*UnsetError], [*AtEndError], [*InhibitError], [*HookError], [*StrayError] or [*report.KeepError].
type Warning struct{ Err error }

// Starting means that COMMAND is started next, and will be supervised. Unit is empty without a
// scope.
type Starting struct{ Unit string }

// CallerReleased means that the process that started this one returns, and that
// standard error is COMMAND's from now on.
type CallerReleased struct{}

// Ending means that the run ends, or has lost a process, and that COMMAND is not why.
type Ending struct{ Unit, Why string }

// Noticed is something about a run that ends, which is not why it ends.
type Noticed struct{ Unit, What string }

// Left means that leftover processes did not end by the signals of a stop.
type Left struct {
	Unit   string
	Killed bool  // some had to be killed
	PIDs   []int // these are still there
}

// Ended means that COMMAND has ended.
type Ended struct{ Report *report.Report }

// ReportFailed means that the report could not be written to its file.
type ReportFailed struct{ Err error }

func (Skipped) event()        {}
func (Started) event()        {}
func (Joined) event()         {}
func (Redirected) event()     {}
func (Warning) event()        {}
func (Starting) event()       {}
func (CallerReleased) event() {}
func (Ending) event()         {}
func (Noticed) event()        {}
func (Left) event()           {}
func (Ended) event()          {}
func (ReportFailed) event()   {}
