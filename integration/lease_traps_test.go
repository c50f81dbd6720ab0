package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// gate installs a loginctl that holds up calls of verb, such as disable-linger. Before or
// after the real call it creates /tmp/gate/closed and waits for /tmp/gate/open.
func (s *session) gate(verb, when string) {
	s.t.Helper()
	s.t.Cleanup(func() {
		s.Login.Run(context.Background(), "[ ! -e /usr/bin/loginctl.real ] || { touch /tmp/gate/open; mv /usr/bin/loginctl.real /usr/bin/loginctl; rm -r /tmp/gate; }")
	})
	pass := map[string]string{
		"before": `wait_at_gate; exec /usr/bin/loginctl.real "$@"`,
		"after":  `/usr/bin/loginctl.real "$@"; wait_at_gate; exit`,
	}[when]
	s.ok(`mkdir -m 1777 /tmp/gate; mv /usr/bin/loginctl /usr/bin/loginctl.real
		cat >/usr/bin/loginctl.new <<'EOF'
#!/bin/sh
wait_at_gate() { : >/tmp/gate/closed; until [ -e /tmp/gate/open ]; do sleep 0.02; done; }
case $* in *` + verb + `*) ` + pass + `;; esac
exec /usr/bin/loginctl.real "$@"
EOF
		chmod 755 /usr/bin/loginctl.new; mv /usr/bin/loginctl.new /usr/bin/loginctl`)
}

// ungate undoes gate.
func (s *session) ungate() { s.ok("mv /usr/bin/loginctl.real /usr/bin/loginctl; rm -r /tmp/gate") }

// stopDelay sets UserStopDelaySec for the rest of the test.
func (s *session) stopDelay(delay time.Duration) {
	s.t.Helper()
	s.ok(fmt.Sprintf("mkdir -p /etc/systemd/logind.conf.d; printf '[Login]\\nUserStopDelaySec=%d\\n' >/etc/systemd/logind.conf.d/delay.conf; systemctl restart systemd-logind", int(delay.Seconds())))
	s.t.Cleanup(func() {
		s.Login.Run(context.Background(), "rm /etc/systemd/logind.conf.d/delay.conf; systemctl restart systemd-logind")
	})
}

// The user logs out while the previous run's lease is still being given back. The next
// run is already there and has asked for the lease again. With job mode "fail" it would
// not have got the lease without the repair in AwaitLease.
func TestRunLaunchedWhileTheLeaseIsGivenBackSurvivesTheLogout(t *testing.T) {
	long(t)
	const procs = "/sys/fs/cgroup" + aliceSlice + "/next.scope/cgroup.procs"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.stopDelay(10 * time.Second) // the default; taking a lease needs some of it
		for _, when := range []string{"before", "after"} {
			root.gate("disable-linger", when)
			alice := g.login(t, "alice")
			alice.ok("gorun --must-survive true")
			root.waitFor("closed", "ls /tmp/gate")
			alice.ok("gorun --unit=next sleep 600 >/dev/null 2>&1 </dev/null & until grep -qs . " + procs + "; do sleep 0.02; done")
			alice.Close()
			root.waitFor("", openSessions)
			root.ok("touch /tmp/gate/open; sleep 11.5") // longer than the manager would stay
			if got := root.ok(lingering + "; wc -l <" + procs); got != "alice\n2" {
				t.Errorf("%s: after the logout: %q", when, got)
			}
			root.ok("kill $(head -n1 " + procs + ")")
			root.nobodyLingers()
			root.ungate()
		}
	})
}

// Without a session the manager ends at once when the lease is given back.
func TestRunWithoutSessionLaunchedWhileTheLeaseIsGivenBackKeepsRunning(t *testing.T) {
	long(t)
	const procs = "/sys/fs/cgroup/user.slice/user-1001.slice/user@1001.service/app.slice/next.scope/cgroup.procs"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for _, when := range []string{"before", "after"} {
			root.gate("disable-linger", when)
			root.ok("{ " + bare("gorun true") + "; } & until [ -e /tmp/gate/closed ]; do sleep 0.02; done; wait")
			// The launch waits for the lock that is held while giving back.
			root.ok("{ " + bare("gorun --unit=next sleep 600") + `; } >/dev/null 2>&1 </dev/null &
				until pgrep -x -u bob flock >/dev/null; do sleep 0.02; done; touch /tmp/gate/open
				until pgrep -u bob -fx "sleep 600" >/dev/null; do sleep 0.02; done`)
			root.ok("sleep 2") // a manager that lost its lingering would be gone by now
			if got := root.ok(lingering + "; wc -l <" + procs); got != "bob\n2" {
				t.Errorf("%s: %q", when, got)
			}
			root.ok("kill $(head -n1 " + procs + ")")
			root.nobodyLingers()
			root.ungate()
		}
	})
}

// The user's manager stops just after the lease was taken, before the lease's unit knows
// this.
func TestManagerThatStopsWhileTheLeaseIsTakenLeavesNoLingering(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.gate("enable-linger", "after")
		alice.ok("gorun sleep 600 >/dev/null 2>&1 </dev/null & until [ -e /tmp/gate/closed ]; do sleep 0.02; done")
		if got := root.ok(lingering); got != "alice" {
			t.Fatalf("before the stop the lingering users are %q", got)
		}
		root.ok("systemctl stop user@1000.service")
		root.nobodyLingers()
		root.ungate()
	})
}

// logind may end between call and answer, such as in an upgrade.
func TestLingeringIsRetriedIfLogindEndsBeforeItAnswers(t *testing.T) {
	const asked = `busctl --system monitor --match "member='SetUserLinger'" >/tmp/calls 2>&1 </dev/null & monitor=$!
		until grep -qs Monitoring /tmp/calls; do sleep 0.02; done
		logind=$(systemctl show --value -p MainPID systemd-logind); kill -STOP $logind
		%s
		until grep -q Member=SetUserLinger /tmp/calls; do sleep 0.02; done
		systemctl reset-failed systemd-logind; kill -KILL $logind; kill $monitor; rm /tmp/calls`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(fmt.Sprintf(asked, "{ "+bare("gorun --must-survive sleep 600")+"; } >/tmp/said 2>&1 </dev/null &"))
		root.waitFor("bob", lingering)
		root.waitFor("1", "pgrep -c -x -u bob sleep || true")
		root.ok(fmt.Sprintf(asked, "pkill -x -u bob sleep"))
		root.nobodyLingers()
		if said := root.ok("cat /tmp/said"); strings.Contains(said, "linger") {
			t.Errorf("printed %q", said)
		}
	})
}

// A crash leaves the linger file and the marker, and nobody to give the lease back.
func TestStaleLeaseIsTakenOverAndGivenBack(t *testing.T) {
	long(t)
	const marker = "$(ls -d /home/bob/.local/state/gorun/*/linger-lease)"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.stopDelay(time.Second) // logind takes that time to forget a user
		for next, meanwhile := range map[string]string{
			"":             "true",
			"--exec ":      "systemctl reset-failed user@1001.service",
			"--unit=next ": "loginctl disable-linger bob",
			// After a crash while taking the lease, and before the marker is on the disk.
			"-q ":          "echo pending >" + marker,
			"--no-record ": ": >" + marker,
		} {
			root.ok("{ " + bare("gorun --must-survive --unit=lost sh -c \"touch /tmp/up; exec sleep 600\"") + `; } >/dev/null 2>&1 </dev/null &
				until [ -e /tmp/up ]; do sleep 0.02; done; rm /tmp/up`)
			root.ok("systemctl kill -s KILL user@1001.service")
			root.waitFor("failed", bobs)
			root.waitFor("", "pgrep -u bob || true")
			if got := root.ok(lingering); got != "bob" {
				t.Fatalf("after the crash: %q", got)
			}
			root.ok(meanwhile)
			if got := root.ok(bare("gorun " + next + "ls /var/lib/systemd/linger")); got != "bob" {
				t.Errorf("during the next run: %q", got)
			}
			root.nobodyLingers()
		}
	})
}

// When a launch is killed, its keeper or systemd undoes what has been done. But systemd
// keeps one empty scope in fifty; the next run stops it.
func TestKilledLaunchLeavesNoLingering(t *testing.T) {
	const kill = `p=$!; sleep 0.0$(awk -v s=$i 'BEGIN { srand(s); printf "%02d", 60 * rand() }'); kill -KILL $p; wait $p 2>/dev/null`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("cd /; for i in $(seq 25); do setpriv --reuid=bob --regid=bob --init-groups env -i PATH=/usr/bin:/bin gorun sleep 600 >/dev/null 2>&1 </dev/null & " + kill + "; done; true")
		root.endsAll("bob")
		root.waitFor("", "ls -d /sys/fs/cgroup"+bobSlice+"/gorun-*.scope >/dev/null 2>&1 || ls /var/lib/systemd/linger")
		// 252 does not start a manager more often than 5 times in 10 s.
		root.ok("for i in $(seq 30); do pgrep -u bob >/dev/null || break; sleep 0.1; done; systemctl reset-failed user@1001.service user-runtime-dir@1001.service 2>/dev/null || true")
		root.ok(bare("gorun true"))
		root.nobodyLingers()
		alice.run("for i in $(seq 25); do gorun sleep 600 >/dev/null 2>&1 </dev/null & " + kill + "; done")
		root.endsAll("alice")
		root.waitFor("", "ls -d /sys/fs/cgroup"+aliceSlice+"/gorun-*.scope >/dev/null 2>&1 || ls /var/lib/systemd/linger")
		alice.ok("gorun --must-survive true")
		root.nobodyLingers()
	})
}

// endsAll ends the commands of a user's killed runs. A killed run may have just forked its
// command.
func (s *session) endsAll(user string) {
	s.t.Helper()
	s.waitFor("", "pkill -x -u "+user+" sleep; pgrep -x -u "+user+" 'sleep|gorun' || true")
}

func TestKilledSupervisorLeavesTheLeaseToItsCommand(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("{ " + bare("gorun --must-survive --unit=orphan sleep 600") + `; } >/dev/null 2>&1 </dev/null &
			until pgrep -x -u bob sleep >/dev/null; do sleep 0.02; done; pkill -KILL -x -u bob gorun`)
		root.ok("sleep 2") // a manager that lost its lingering would be gone by now
		if got := root.ok(lingering + "; pgrep -c -x -u bob sleep"); got != "bob\n1" {
			t.Errorf("after the supervisor's end: %q", got)
		}
		root.endsAll("bob")
		root.nobodyLingers()
	})
}

// cron starts all jobs of a minute in the same second. Fifty jobs once took longer than
// the wait for a manager: each took the lease again, and its unit waited for all of them.
func TestFiftySimultaneousRunsWithoutAManagerAllRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for _, n := range []int{10, 50, 10} {
			root.nobodyLingers()
			out := root.ok(bare(fmt.Sprintf("for i in $(seq %d); do { gorun --unit=cron$i cat /proc/self/cgroup; echo status $?; } & done; wait", n)))
			inside, ended := strings.Count(out, "/app.slice/cron"), strings.Count(out+"\n", "status 0\n")
			if inside != n || ended != n {
				t.Errorf("%d of %d ran inside, %d ended well: %s", inside, n, ended, out)
			}
		}
		root.nobodyLingers()
	})
}
