package run

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/scope"
)

// TimeoutStatus is gorun's exit status if COMMAND was stopped by its time limit.
const TimeoutStatus = 124

// evidence is what an outcome is judged by.
type evidence struct {
	status supervise.Status // of COMMAND
	// oomKills is how many of the scope's processes the kernel's OOM killer killed; 0
	// also if the kernel does not say. The counter of a new cgroup starts at 0.
	oomKills uint64
	// state is what the manager says; zero if the manager was not asked or did not
	// answer.
	state scope.State
	ran   time.Duration // since before the scope started
}

// isStopped reports whether the manager has stopped the scope.
func (e evidence) isStopped() bool { return e.state.Active != "" && e.state.Stopping() }

// outcome judges the evidence. That the OOM killer killed a process is the outcome only
// if the process was COMMAND, or if the manager stopped the scope for it. Under
// OOMPolicy=continue the run keeps running.
func (e evidence) outcome() report.Outcome {
	switch {
	case e.status.Signal == unix.SIGKILL && e.oomKills > 0, e.state.Result == scope.OOMKilled:
		return report.OOMKilled
	case e.isStopped() && e.isOutOfTime():
		return report.TimedOut
	case e.isStopped():
		return report.Stopped
	case e.status.Signal != 0:
		return report.Signaled
	}
	return report.Exited
}

// isOutOfTime reports whether the scope was stopped because of its time limit. The
// manager's result is also timeout if stopping took too long.
func (e evidence) isOutOfTime() bool {
	return e.state.Result == scope.TimedOut && e.ran >= e.state.RuntimeMax
}

// exit is how gorun has to end: as COMMAND did, or with [TimeoutStatus] if COMMAND was
// stopped by its time limit. If COMMAND had to be killed, gorun was killed as well.
func (e evidence) exit() supervise.Status {
	if e.outcome() == report.TimedOut && e.status.Signal != unix.SIGKILL {
		return supervise.Status{Code: TimeoutStatus}
	}
	return e.status
}

// shortRun is the duration of runs whose end should not wait for a question.
const shortRun = time.Second

// needsManager reports whether only the manager may know how the run ended: the scope
// may have been stopped, or somebody may have killed COMMAND. The usual end of a short
// run needs no question. The end of a long run needs one: COMMAND may have ended by a
// stop whose signal has not come to gorun yet, and a drop-in may have changed that
// signal.
func (e evidence) needsManager(stopSignal unix.Signal, isOverdue bool) bool {
	switch {
	case e.status.Signal == unix.SIGKILL:
		return e.oomKills == 0
	case e.oomKills > 0: // a drop-in may say OOMPolicy=stop
		return true
	}
	return e.status.Signal == stopSignal || isOverdue || e.ran >= shortRun
}
