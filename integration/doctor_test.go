package integration

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// finding is a result in the output of gorun --doctor --json.
type finding struct {
	Check, Status, Message string
	Fix                    *string
}

// doctor returns the findings, and checks the exit status.
func (s *session) doctor(command string) []finding {
	s.t.Helper()
	out := s.run(command + " --doctor --json")
	var list []finding
	if err := json.Unmarshal([]byte(out.Stdout), &list); err != nil || out.Stderr != "" {
		s.t.Fatalf("%v: printed %q and %q", err, out.Stdout, out.Stderr)
	}
	want := 0
	for _, f := range list {
		if f.Status == "problem" {
			want = 1
		}
	}
	if out.Status != want {
		s.t.Errorf("exit status %d, want %d after %+v", out.Status, want, list)
	}
	return list
}

// diagnosed makes sure that the list has this finding.
func (s *session) diagnosed(list []finding, check, status, message, fix string) {
	s.t.Helper()
	for _, f := range list {
		hasFix := f.Fix == nil && fix == "" || f.Fix != nil && fix != "" && strings.Contains(*f.Fix, fix)
		if f.Check == check && f.Status == status && strings.Contains(f.Message, message) && hasFix {
			return
		}
	}
	s.t.Errorf("no finding %s: %s %q, fix %q, in %+v", check, status, message, fix, list)
}

func TestDoctorFindsNoProblemOnAHealthyMachine(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			list := g.login(t, user).doctor("gorun")
			if len(list) < 8 {
				t.Errorf("%s: only %+v", user, list)
			}
			for _, f := range list {
				if f.Status != "ok" || f.Fix != nil {
					t.Errorf("%s: %+v", user, f)
				}
			}
		}
	})
}

func TestDoctorExplainsFailedSessions(t *testing.T) {
	// The login process ends while its scope's job waits for another job. This is the
	// race of failed logins, made easy to lose.
	const lose = `sleep 600 & pid=$!
		rm -f /tmp/lost; systemd-run -q --no-block --unit=slow -p Type=oneshot sh -c 'until [ -e /tmp/lost ]; do sleep 0.1; done'
		busctl -q call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
			StartTransientUnit 'ssa(sv)a(sa(sv))' session-99.scope fail 3 After as 1 slow.service Wants as 1 slow.service PIDs au 1 $pid 0
		kill $pid; wait $pid 2>/dev/null; touch /tmp/lost`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.diagnosed(alice.doctor("gorun"), "sessions", "ok", "no failed", "")
		root.ok(lose)
		root.run("systemd-run -q --scope --unit=session-98 -p RuntimeMaxSec=1 sleep 60")
		defer root.ok("systemctl reset-failed 'session-*.scope'")
		root.waitFor("failed\n\nfailed", "systemctl show --value -p ActiveState session-98.scope session-99.scope")
		list := alice.doctor("gorun")
		alice.diagnosed(list, "sessions", "warning", "session-99.scope has failed with result resources, as it does in the harmless login race; no journal that you can read says", "sudo gorun --clean")
		root.diagnosed(root.doctor("gorun"), "sessions", "warning", "session-99.scope has failed in the login race", "sudo gorun --clean")
		alice.diagnosed(list, "sessions", "warning", "session-98.scope has failed with result timeout", "journalctl -u session-98.scope")
	})
}

func TestDoctorFindsProblemsOfEnvironmentPolkitAndLease(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.login1.set-self-linger") return polkit.Result.NO;
});`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		alice.diagnosed(alice.doctor("XDG_RUNTIME_DIR=/run/user/0 gorun"), "environment", "warning", "belongs to UID 0", "unset XDG_RUNTIME_DIR")

		undo := root.polkitRule(rule)
		alice.diagnosed(alice.doctor("gorun"), "polkit", "problem", "does not let you linger", "enable-linger alice")
		root.ok("loginctl enable-linger alice")
		alice.diagnosed(alice.doctor("gorun"), "polkit", "warning", "does not let you linger", "enable-linger alice")
		alice.diagnosed(alice.doctor("gorun"), "lingering", "ok", "you linger: ", "")
		root.ok("loginctl disable-linger alice")
		undo()
		alice.diagnosed(alice.doctor("gorun"), "polkit", "ok", "", "")

		root.ok("chmod 0 /home/alice/.local/state/gorun")
		alice.diagnosed(alice.doctor("gorun"), "lease", "problem", "/home/alice/.local/state/gorun", "writable")
		root.ok("chmod 700 /home/alice/.local/state/gorun")
	})
}

func TestDoctorDoesNotHangWithTheManager(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		manager := root.ok("systemctl show --value -p MainPID user@1000.service")
		root.ok("kill -STOP " + manager)
		defer root.ok("kill -CONT " + manager)
		begun := time.Now()
		alice.diagnosed(alice.doctor("gorun"), "manager", "problem", "does not answer", "systemctl restart user@1000")
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("the doctor took %v", took)
		}
	})
}

// A crash ends the manager together with the unit that would give the lease back.
func TestDoctorGivesAStaleLeaseBack(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		root.ok("{ " + bare("gorun --unit=crashed sleep 600") + `; } >/dev/null 2>&1 </dev/null &
			until pgrep -x -u bob sleep >/dev/null; do sleep 0.1; done`) // a launch would give it back
		root.ok("systemctl kill --kill-whom=all -s KILL user@1001.service")
		root.waitFor("failed", "systemctl show --value -p ActiveState user@1001.service")
		root.ok("systemctl reset-failed user@1001.service")
		if got := root.ok(lingering); got != "bob" {
			t.Fatalf("after the crash the lingering users are %q", got)
		}
		if out := root.ok(bare("gorun --doctor")); !strings.Contains(out, "you no longer linger") {
			t.Errorf("printed %q", out)
		}
		root.nobodyLingers()
	})
}

// A container has no controllers if the host has them on cgroup v1.
func TestDoctorSaysMoreThanThatNothingIsWrong(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			list := s.doctor("gorun")
			for _, f := range list {
				if strings.TrimSpace(f.Message) == "" {
					t.Errorf("%s: %+v", user, f)
				}
			}
			if s.ok("cat /sys/fs/cgroup/cgroup.controllers") == "" {
				s.diagnosed(list, "controllers", "warning", "none: limits on cpu memory pids are not applied", "")
			}
		}
	})
}
