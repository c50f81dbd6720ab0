package run

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/report"
	"gorun/internal/supervise"
	"gorun/scope"
)

func TestOutcomeIsJudgedByCommandKernelAndManager(t *testing.T) {
	exit := func(code int) supervise.Status { return supervise.Status{Code: code} }
	died := func(sig unix.Signal) supervise.Status { return supervise.Status{Signal: sig} }
	state := func(active string, result scope.Result) scope.State {
		return scope.State{Active: active, Result: result, RuntimeMax: 2 * time.Second}
	}
	const early, late = time.Second, 3 * time.Second
	for _, c := range []struct {
		name string
		in   evidence
		want report.Outcome
		exit supervise.Status
	}{
		{"success", evidence{status: exit(0)}, report.Exited, exit(0)},
		{"failure", evidence{status: exit(7)}, report.Exited, exit(7)},
		{"a signal", evidence{status: died(unix.SIGSEGV)}, report.Signaled, died(unix.SIGSEGV)},
		{"kill -9", evidence{status: died(unix.SIGKILL)}, report.Signaled, died(unix.SIGKILL)},
		{"kill -9, the manager knows of nothing",
			evidence{status: died(unix.SIGKILL), state: state("active", scope.Success)}, report.Signaled, died(unix.SIGKILL)},
		{"COMMAND was OOM-killed", evidence{status: died(unix.SIGKILL), oomKills: 1}, report.OOMKilled, died(unix.SIGKILL)},
		{"a child was OOM-killed, continue",
			evidence{status: exit(0), oomKills: 1, state: state("active", scope.Success)}, report.Exited, exit(0)},
		{"a child was OOM-killed, then a signal",
			evidence{status: died(unix.SIGABRT), oomKills: 2, state: state("active", scope.Success)}, report.Signaled, died(unix.SIGABRT)},
		{"a child was OOM-killed, the manager is silent", evidence{status: exit(137), oomKills: 1}, report.Exited, exit(137)},
		{"a child was OOM-killed, stop",
			evidence{status: died(unix.SIGTERM), oomKills: 1, state: state("deactivating", scope.OOMKilled), ran: late}, report.OOMKilled, died(unix.SIGTERM)},
		{"a child was OOM-killed, stop, and COMMAND exits",
			evidence{status: exit(3), oomKills: 1, state: state("deactivating", scope.OOMKilled)}, report.OOMKilled, exit(3)},
		{"systemd-oomd", evidence{status: died(unix.SIGKILL), state: state("deactivating", scope.OOMKilled)}, report.OOMKilled, died(unix.SIGKILL)},
		{"time limit", evidence{status: died(unix.SIGTERM), state: state("deactivating", scope.TimedOut), ran: late}, report.TimedOut, exit(124)},
		{"time limit, COMMAND exits", evidence{status: exit(5), state: state("deactivating", scope.TimedOut), ran: late}, report.TimedOut, exit(124)},
		{"time limit, killed in the end",
			evidence{status: died(unix.SIGKILL), state: state("deactivating", scope.TimedOut), ran: late}, report.TimedOut, died(unix.SIGKILL)},
		{"time limit, a child was OOM-killed before",
			evidence{status: exit(5), oomKills: 1, state: state("deactivating", scope.TimedOut), ran: late}, report.TimedOut, exit(124)},
		{"stopped", evidence{status: died(unix.SIGTERM), state: state("deactivating", scope.Success)}, report.Stopped, died(unix.SIGTERM)},
		{"stopped, COMMAND exits", evidence{status: exit(0), state: state("deactivating", scope.Success)}, report.Stopped, exit(0)},
		{"stopping took too long", evidence{status: exit(0), state: state("deactivating", scope.TimedOut), ran: early}, report.Stopped, exit(0)},
		{"kill -TERM", evidence{status: died(unix.SIGTERM), state: state("active", scope.Success), ran: late}, report.Signaled, died(unix.SIGTERM)},
		{"kill -TERM, the manager is silent", evidence{status: died(unix.SIGTERM), ran: late}, report.Signaled, died(unix.SIGTERM)},
	} {
		if got := c.in.outcome(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := c.in.exit(); got != c.exit {
			t.Errorf("%s: exit %+v, want %+v", c.name, got, c.exit)
		}
	}
}

func TestManagerIsNotAskedAtTheUsualEndOfAShortRun(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      evidence
		overdue bool
		want    bool
	}{
		{"success", evidence{}, false, false},
		{"failure", evidence{status: supervise.Status{Code: 1}}, false, false},
		{"another signal", evidence{status: supervise.Status{Signal: unix.SIGINT}}, false, false},
		{"COMMAND was OOM-killed", evidence{status: supervise.Status{Signal: unix.SIGKILL}, oomKills: 1}, true, false},
		{"kill -9", evidence{status: supervise.Status{Signal: unix.SIGKILL}}, false, true},
		{"the stop signal", evidence{status: supervise.Status{Signal: unix.SIGTERM}}, false, true},
		{"out of time", evidence{}, true, true},
		{"after a long run", evidence{ran: shortRun}, false, true},
		{"a child was OOM-killed", evidence{oomKills: 1}, false, true},
	} {
		if got := c.in.needsManager(unix.SIGTERM, c.overdue); got != c.want {
			t.Errorf("%s: the manager is needed: %t, want %t", c.name, got, c.want)
		}
	}
}
