package main

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

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
		want outcome
		exit supervise.Status
	}{
		{"success", evidence{status: exit(0)}, exited, exit(0)},
		{"failure", evidence{status: exit(7)}, exited, exit(7)},
		{"a signal", evidence{status: died(unix.SIGSEGV)}, signaled, died(unix.SIGSEGV)},
		{"kill -9", evidence{status: died(unix.SIGKILL)}, signaled, died(unix.SIGKILL)},
		{"kill -9, the manager knows of nothing",
			evidence{status: died(unix.SIGKILL), state: state("active", scope.Success)}, signaled, died(unix.SIGKILL)},
		{"COMMAND was OOM-killed", evidence{status: died(unix.SIGKILL), oomKills: 1}, oomKilled, died(unix.SIGKILL)},
		{"a child was OOM-killed, continue",
			evidence{status: exit(0), oomKills: 1, state: state("active", scope.Success)}, exited, exit(0)},
		{"a child was OOM-killed, then a signal",
			evidence{status: died(unix.SIGABRT), oomKills: 2, state: state("active", scope.Success)}, signaled, died(unix.SIGABRT)},
		{"a child was OOM-killed, the manager is silent", evidence{status: exit(137), oomKills: 1}, exited, exit(137)},
		{"a child was OOM-killed, stop",
			evidence{status: died(unix.SIGTERM), oomKills: 1, state: state("deactivating", scope.OOMKilled), ran: late}, oomKilled, died(unix.SIGTERM)},
		{"a child was OOM-killed, stop, and COMMAND exits",
			evidence{status: exit(3), oomKills: 1, state: state("deactivating", scope.OOMKilled)}, oomKilled, exit(3)},
		{"systemd-oomd", evidence{status: died(unix.SIGKILL), state: state("deactivating", scope.OOMKilled)}, oomKilled, died(unix.SIGKILL)},
		{"time limit", evidence{status: died(unix.SIGTERM), state: state("deactivating", scope.TimedOut), ran: late}, timedOut, exit(124)},
		{"time limit, COMMAND exits", evidence{status: exit(5), state: state("deactivating", scope.TimedOut), ran: late}, timedOut, exit(124)},
		{"time limit, killed in the end",
			evidence{status: died(unix.SIGKILL), state: state("deactivating", scope.TimedOut), ran: late}, timedOut, died(unix.SIGKILL)},
		{"time limit, a child was OOM-killed before",
			evidence{status: exit(5), oomKills: 1, state: state("deactivating", scope.TimedOut), ran: late}, timedOut, exit(124)},
		{"stopped", evidence{status: died(unix.SIGTERM), state: state("deactivating", scope.Success)}, stopped, died(unix.SIGTERM)},
		{"stopped, COMMAND exits", evidence{status: exit(0), state: state("deactivating", scope.Success)}, stopped, exit(0)},
		{"stopping took too long", evidence{status: exit(0), state: state("deactivating", scope.TimedOut), ran: early}, stopped, exit(0)},
		{"kill -TERM", evidence{status: died(unix.SIGTERM), state: state("active", scope.Success), ran: late}, signaled, died(unix.SIGTERM)},
		{"kill -TERM, the manager is silent", evidence{status: died(unix.SIGTERM), ran: late}, signaled, died(unix.SIGTERM)},
	} {
		if got := c.in.outcome(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := c.in.exit(); got != c.exit {
			t.Errorf("%s: exit %+v, want %+v", c.name, got, c.exit)
		}
	}
}

func TestUsualEndOfAShortRunSparesTheManagerTheQuestion(t *testing.T) {
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
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
