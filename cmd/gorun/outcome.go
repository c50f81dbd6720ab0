package main

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/supervise"
	"gorun/scope"
)

// outcome is how a run ended, in the words of the JSON report.
type outcome string

const (
	exited    outcome = "exited"
	signaled  outcome = "signaled"
	timedOut  outcome = "timeout"  // RuntimeMaxSec ran out
	oomKilled outcome = "oom-kill" // by the kernel or systemd-oomd
	stopped   outcome = "stopped"  // on request: systemctl stop, a shutdown
)

// evidence is what an outcome is judged by.
type evidence struct {
	status supervise.Status // of COMMAND
	// oomKills is the number of the scope's processes that the kernel's OOM killer
	// killed; 0 also if the kernel does not say. A new cgroup's counter starts at 0.
	oomKills uint64
	// state is what the manager says; zero if it was not asked or does not answer.
	state scope.State
	ran   time.Duration // since before the scope started
}

// isStopped tells whether the manager has stopped the scope.
func (e evidence) isStopped() bool { return e.state.Active != "" && e.state.Stopping() }

// outcome judges. That the OOM killer took a process makes an outcome of its own only
// if that was COMMAND, or if the manager has stopped the scope for it: under
// OOMPolicy=continue the run goes on.
func (e evidence) outcome() outcome {
	switch {
	case e.status.Signal == unix.SIGKILL && e.oomKills > 0, e.state.Result == scope.OOMKilled:
		return oomKilled
	case e.isStopped() && e.isOutOfTime():
		return timedOut
	case e.isStopped():
		return stopped
	case e.status.Signal != 0:
		return signaled
	}
	return exited
}

// isOutOfTime tells whether the time limit is why the scope was stopped. The result
// is timeout as well if stopping took too long.
func (e evidence) isOutOfTime() bool {
	return e.state.Result == scope.TimedOut && e.ran >= e.state.RuntimeMax
}

// exit is how gorun has to end: as COMMAND did, but for a COMMAND that was stopped
// since its time ran out. One that had to be killed then, as gorun is, stays killed.
func (e evidence) exit() supervise.Status {
	if e.outcome() == timedOut && e.status.Signal != unix.SIGKILL {
		return supervise.Status{Code: statusTimeout}
	}
	return e.status
}

// shortRun is how long a run lasts whose end should not be held up by a question.
const shortRun = time.Second

// needsManager tells whether only the manager may know how the run ended: the scope
// may have been stopped, or COMMAND killed by whoever else. The usual end of a short run
// is spared the question. The end of a long one is not: COMMAND's end by a stop may be
// known before the stop's signal has come to gorun, and which that is a drop-in may say.
func (e evidence) needsManager(stopSignal unix.Signal, isOverdue bool) bool {
	switch {
	case e.status.Signal == unix.SIGKILL:
		return e.oomKills == 0
	case e.oomKills > 0: // OOMPolicy=stop may be in effect, by a drop-in too
		return true
	}
	return e.status.Signal == stopSignal || isOverdue || e.ran >= shortRun
}
