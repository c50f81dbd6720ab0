package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// unitStatus is the part of the output of --status --json that the tests need.
type unitStatus struct {
	Unit       string   `json:"unit"`
	State      string   `json:"state"`
	Result     *string  `json:"result"`
	RuntimeMax *float64 `json:"runtime_max_seconds"`
	TimeLeft   *float64 `json:"time_left_seconds"`
	CPU        *float64 `json:"cpu_seconds"`
	Survives   *bool    `json:"survives_logout"`
	Reason     *string  `json:"survival_reason"`
	Processes  []struct {
		PID     int      `json:"pid"`
		Command []string `json:"command"`
	} `json:"processes"`
	Report *struct {
		Outcome  string   `json:"outcome"`
		ExitCode *int     `json:"exit_code"`
		Signal   *string  `json:"signal"`
		Command  []string `json:"command"`
	} `json:"report"`
}

// status returns the status of one run.
func (s *session) status(unit string) unitStatus {
	s.t.Helper()
	var list []unitStatus
	text := s.ok("gorun --status --json " + unit)
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 {
		s.t.Fatalf("%v: %s", err, text)
	}
	return list[0]
}

// awaitEnd waits until the status of an ended run is want: the journal may be late.
func (s *session) awaitEnd(unit, want string) {
	s.t.Helper()
	deadline := time.Now().Add(s.patience)
	for {
		out := s.run("gorun --status --json " + unit)
		var list []unitStatus
		if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil {
			s.t.Fatalf("%v: %s", err, out.Stdout)
		}
		got := "nothing"
		if len(list) == 1 {
			got = list[0].end()
		}
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: %q, want %q", unit, got, want)
		}
		time.Sleep(pollInterval)
	}
}

// end says how a run has ended: the state, the manager's result, and the record's
// outcome, exit code and signal.
func (u unitStatus) end() string {
	words := []string{u.State, "-", "-", "-", "-"}
	if u.Result != nil {
		words[1] = *u.Result
	}
	if r := u.Report; r != nil {
		words[2] = r.Outcome
		if r.ExitCode != nil {
			words[3] = fmt.Sprint(*r.ExitCode)
		}
		if r.Signal != nil {
			words[4] = *r.Signal
		}
	}
	return strings.Join(words, " ")
}

func TestStatusOfALiveRunHasTimeLeftAndProcesses(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			s.ok("gorun --unit=live --must-survive --runtime-max=1h --stop-timeout=1s sh -c 'sleep 600; :' >/dev/null 2>&1 & until pgrep -u " + user + " -x sleep; do sleep 0.1; done")
			u := s.status("live")
			if u.Unit != "live.scope" || u.State != "active" || u.Report != nil || *u.RuntimeMax != 3600 || *u.TimeLeft > 3600 || *u.TimeLeft < 3500 ||
				*u.CPU <= 0 || len(u.Processes) != 3 || strings.Join(u.Processes[2].Command, " ") != "sleep 600" || !*u.Survives {
				t.Errorf("%s: %+v", user, u)
			}
			text := s.ok("gorun --status live")
			command := map[string]string{"alice": "sh -c sleep 600; :", "root": "sh"}[user] // everybody sees root's
			for _, want := range []string{"live.scope - [gorun] " + command + "\n", "left of 1h\n", "  logout      survives (", " sleep 600\n"} {
				if !strings.Contains(text+"\n", want) {
					t.Errorf("%s: no %q in\n%s", user, want, text)
				}
			}
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			s.ok(systemctl + " stop live.scope")
			s.nothingLeft(systemctl)
		}
	})
}

func TestStatusOfAnEndedRunComesFromItsRecord(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			for _, c := range []struct{ run, want string }{
				{"sh -c 'exit 3'", "ended - exited 3 -"},
				{"--runtime-max=3s sleep 60", "ended timeout timeout - SIGTERM"},
				{"sh -c 'kill -SEGV $$'", "ended - signaled - SIGSEGV"},
				// gorun is killed too, so only the manager knows.
				{"--runtime-max=3s --stop-timeout=1s sh -c 'trap \"\" TERM; while :; do sleep 1; done'", "ended timeout - - -"},
				{"--no-record true", "ended - - - -"},
				{"true", "ended - exited 0 -"},
			} {
				s.run("gorun --unit=past " + c.run)
				s.awaitEnd("past", c.want)
			}
			text := s.ok("gorun --status past")
			if !strings.HasPrefix(text, "past.scope\n  state       ended\n") || !strings.Contains(text, "\n  outcome     exited: exited with status 0 after ") {
				t.Errorf("%s: printed %q", user, text)
			}
			// A failed unit that is kept is known to the manager and the journal.
			s.run("gorun --unit=kept --collect=false --runtime-max=3s sleep 60")
			s.awaitEnd("kept", "failed timeout timeout - SIGTERM")
			s.ok(systemctl + " reset-failed kept.scope")
			if out := s.run("gorun --status past nosuch"); out.Status != 4 || !strings.HasPrefix(out.Stdout, "past.scope\n") ||
				!strings.HasPrefix(out.Stderr, "gorun: error: nosuch.scope: no such run") {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.nothingLeft(systemctl)
		}
	})
}

// Another user can forge a record.
func TestStatusBelievesOnlyTheRunsOwner(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob := g.login(t, "alice"), g.login(t, "bob")
		alice.ok("gorun --unit=owned sh -c 'exit 3' || true")
		bob.ok(`printf '%s\n' MESSAGE=forged MESSAGE_ID=` + recordID + ` GORUN_UNIT=owned.scope USER_UNIT=owned.scope GORUN_VERSION=1 \
			GORUN_OUTCOME=exited GORUN_EXIT_CODE=0 'GORUN_COMMAND=["true"]' | logger --journald
			until journalctl -q -o cat MESSAGE=forged | grep -q forged; do sleep 0.1; done`)
		alice.awaitEnd("owned", "ended - exited 3 -")
	})
}
