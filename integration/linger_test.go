package integration

import (
	"strings"
	"testing"
)

// bare is a command that runs a script as bob like cron does: without a session, and with
// a small environment.
func bare(script string) string {
	return "cd /home/bob && setpriv --reuid=bob --regid=bob --init-groups env -i " +
		"HOME=/home/bob LOGNAME=bob SHELL=/bin/sh PATH=/usr/bin:/bin sh -c '" + script + "'"
}

// Scripts that print the lingering users, and the state of bob's manager.
const (
	lingering = "ls /var/lib/systemd/linger"
	bobs      = "systemctl show --value -p ActiveState user@1001.service"
)

// nobodyLingers makes sure that a test leaves no lingering and no marker, and that bob's
// manager does not run.
func (s *session) nobodyLingers() {
	s.t.Helper()
	s.waitFor("", lingering)
	s.waitFor("", "ls /home/*/.local/state/gorun/*/linger-lease 2>/dev/null || true")
	s.waitFor("inactive", bobs)
}

func TestLeaseIsHeldWhileAScopeLives(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for how, end := range map[string]string{
			"":       "systemctl --user stop leased.scope",
			"--exec": "kill -KILL $(cat /tmp/leased)",
		} {
			alice := g.login(t, "alice")
			alice.ok("gorun " + how + ` --unit=leased sh -c 'echo $$ >/tmp/leased; exec sleep 600' >/dev/null 2>&1 </dev/null &
				until [ -s /tmp/leased ]; do sleep 0.1; done`)
			root.waitFor("alice", lingering)
			root.waitFor("noted", "grep -qsFx $(stat -c %.9Y /var/lib/systemd/linger/alice) /home/alice/.local/state/gorun/*/linger-lease && echo noted || true")
			alice.Close()
			root.waitFor("", "ls -d /sys/fs/cgroup/user.slice/user-1000.slice/session-*.scope 2>/dev/null || true")
			if got := root.ok(`cat /proc/$(cat /tmp/leased)/cgroup | tail -n1`); got != "0::"+aliceSlice+"/leased.scope" {
				t.Errorf("after the logout the command runs in %q", got)
			}
			if _, err := g.RunAs(t.Context(), "alice", end+"; rm /tmp/leased"); err != nil {
				t.Fatal(err)
			}
			root.nobodyLingers()
		}
	})
}

func TestManagerIsStartedForARunWithoutSession(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.nobodyLingers()
		got := root.ok(bare("gorun cat /proc/self/cgroup"))
		if !scopeOf("/user.slice/user-1001.slice/user@1001.service/app.slice", "cat").MatchString(got) {
			t.Errorf("the command ran in %q", got)
		}
		root.nobodyLingers()
	})
}

func TestBackToBackRunsWithoutSessionAllRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		// With a short pause, a run starts while the end of the last lease stops the manager.
		// Each of these starts counted for the start limit of user-runtime-dir@1001.service.
		for _, pause := range []string{"0", "0.05"} {
			out := root.ok(bare("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do gorun --unit=again cat /proc/self/cgroup || exit; sleep " + pause + "; done"))
			if n := strings.Count(out, "/app.slice/again.scope"); n != 12 {
				t.Errorf("%d of 12 with a pause of %s s ran inside: %s", n, pause, out)
			}
		}
		root.nobodyLingers()
	})
}

// Two cron jobs overlap. The first ends when the second runs.
func TestOverlappingRunsShareTheLease(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		const second = "/sys/fs/cgroup/user.slice/user-1001.slice/user@1001.service/app.slice/second.scope/cgroup.procs"
		root.ok("{ " + bare(`gorun --unit=first sh -c "until pgrep -fx -u bob \"sleep 600\" >/dev/null; do sleep 0.1; done; exec sleep 1"`) + "; } & { " + bare("gorun --unit=second sleep 600") + `; } >/dev/null 2>&1 </dev/null &
			wait %1`)
		root.ok("sleep 3") // a manager that lost its lingering would be gone by now
		if got := root.ok(lingering + "; wc -l <" + second); got != "bob\n2" {
			t.Errorf("after the first run's end: %q", got)
		}
		root.ok("kill $(head -n1 " + second + ")")
		root.nobodyLingers()
	})
}

func TestManyShortRunsDoNotHitTheLeasesStartLimit(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		// These runs wait for the lease, so its unit has to start each time.
		alice.ok("for i in $(seq 30); do gorun true && gorun --must-survive true || exit; done")
		alice.ok("gorun --must-survive ls /var/lib/systemd/linger/alice")
		root.nobodyLingers()
	})
}

func TestUsersOwnLingeringIsNeverUndone(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer root.ok("loginctl disable-linger alice")

		// Enabled while the lease is held.
		alice.ok(`gorun --must-survive sh -c 'touch /tmp/up; until [ -e /tmp/go ]; do sleep 0.1; done' >/dev/null 2>&1 &
			until [ -e /tmp/up ]; do sleep 0.1; done
			loginctl enable-linger; touch /tmp/go; wait; rm /tmp/up /tmp/go`)
		alice.nothingLeft("systemctl --user")
		if got := root.ok(lingering); got != "alice" {
			t.Errorf("enabled while the lease was held, but now the lingering users are %q", got)
		}

		// Enabled before.
		alice.ok("gorun --must-survive true")
		alice.nothingLeft("systemctl --user")
		if got := root.ok(lingering); got != "alice" {
			t.Errorf("enabled before, but now the lingering users are %q", got)
		}

		// Turned off by the user while a lease is held: it is not enabled again.
		root.ok("loginctl disable-linger alice")
		alice.ok(`gorun --must-survive sh -c 'touch /tmp/up; until [ -e /tmp/go ]; do sleep 0.1; done' >/dev/null 2>&1 &
			until [ -e /tmp/up ]; do sleep 0.1; done
			loginctl disable-linger`)
		if out := alice.run("gorun --must-survive true"); out.Status != 125 || !strings.Contains(out.Stderr, "linger: it was turned off while other scopes run\n") {
			t.Errorf("turned off: status %d, printed %q", out.Status, out.Stderr)
		}
		if got := root.ok(lingering + "; touch /tmp/go"); got != "" {
			t.Errorf("turned off, but now the lingering users are %q", got)
		}
		alice.nothingLeft("systemctl --user")
		root.ok("rm /tmp/up /tmp/go")
		root.nobodyLingers()
	})
}

func TestOwnLingeringCostsNoSystemBusConnection(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		root.ok("loginctl enable-linger alice")
		defer root.ok("loginctl disable-linger alice")
		trace := alice.ok("cd /tmp && strace -f -o trace -e trace=connect,execve gorun sleep 0.5; cat trace; rm trace")
		if n := strings.Count(trace, "connect("); n != 1 || strings.Contains(trace, "system_bus_socket") || strings.Count(trace, "execve(") != 2 {
			t.Errorf("%s", trace)
		}
	})
}

// The call that starts the scope also requests the lease. gorun checks while COMMAND runs
// whether it was granted.
func TestLeaseAddsNoConnectionBeforeTheCommand(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		trace := alice.ok("cd /tmp && strace -f -o trace -e trace=connect,execve gorun sleep 8; cat trace; rm trace")
		before, after, found := strings.Cut(trace, `execve("/usr/bin/sleep"`)
		if !found || strings.Count(before, "connect(") != 1 || strings.Count(before, "execve(") != 1 || strings.Count(after, "connect(") == 0 {
			t.Errorf("%s", trace)
		}
		root.nobodyLingers()
	})
}

func TestWarningNamesTheTimeUntilTheManagerStops(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for delay, want := range map[string]string{
			"0":        "gorun: warning: mortal.scope ends with your last logout: ",
			"90":       "gorun: warning: mortal.scope ends 1min 30s after your last logout: ",
			"infinity": "",
		} {
			undo := root.logindSettings("UserStopDelaySec=" + delay)
			alice := g.login(t, "alice")
			out := alice.run("gorun --linger=no --unit=mortal sleep 5")
			if !strings.HasPrefix(out.Stderr, want) || want == "" && out.Stderr != "" {
				t.Errorf("UserStopDelaySec=%s: printed %q", delay, out.Stderr)
			}
			if out := alice.run("gorun --linger=no --must-survive true"); (out.Status == 125) != (want != "") {
				t.Errorf("UserStopDelaySec=%s, --must-survive: status %d, printed %q", delay, out.Status, out.Stderr)
			}
			undo()
		}
	})
}

func TestLingerNoEnablesNothingAndWarns(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		out := alice.run("gorun --linger=no --unit=mortal sh -c 'sleep 5; ls /var/lib/systemd/linger; systemctl --user is-active gorun-linger.service'")
		if out.Stdout != "inactive\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: mortal.scope ends 10s after your last logout: ") ||
			!strings.Contains(out.Stderr, "\ngorun: hint: ") {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		out = alice.run("gorun --linger=no --must-survive touch /tmp/ran-mortal")
		if out.Status != 125 {
			t.Errorf("--must-survive: status %d, printed %q", out.Status, out.Stderr)
		}
		if out := alice.run("test -e /tmp/ran-mortal"); out.Status == 0 {
			t.Error("the command was run")
		}
		root.nobodyLingers()
	})
}

func TestDeniedLeaseIsAWarningOrAnError(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.login1.set-self-linger") return polkit.Result.NO;
});`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		defer root.polkitRule(rule)()
		out := alice.run("gorun --unit=denied sh -c 'sleep 8; echo ran'")
		if out.Status != 0 || out.Stdout != "ran\n" || strings.Count(out.Stderr, "warning:") != 1 ||
			!strings.HasPrefix(out.Stderr, "gorun: warning: denied.scope ends 10s after your last logout: ") {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		out = alice.run("gorun --must-survive touch /tmp/ran-denied")
		if out.Status != 125 || !strings.Contains(out.Stderr, "after your last logout") {
			t.Errorf("--must-survive: status %d, printed %q", out.Status, out.Stderr)
		}
		if out := alice.run("test -e /tmp/ran-denied"); out.Status == 0 {
			t.Error("the command was run")
		}
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

func TestLeaseIsGivenBackAfterAReload(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		for _, reload := range []string{"daemon-reload", "daemon-reexec"} {
			// A manager that re-executes itself at the moment of the end does not
			// notice the end. The next run finds the empty scope.
			alice.ok("gorun --must-survive sh -c 'systemctl --user " + reload + "; until systemctl --user -q is-active default.target; do sleep 0.1; done' 2>/dev/null")
			alice.nothingLeft("systemctl --user")
			root.nobodyLingers()
		}
	})
}

// A manager that re-executes has no socket for a moment.
func TestLeaseIsKeptWhileTheManagerDoesNotAnswer(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("{ " + bare("gorun --unit=held sleep 600") + `; } >/dev/null 2>&1 </dev/null &
			until pgrep -x -u bob sleep >/dev/null; do sleep 0.1; done`)
		root.waitFor("bob", lingering)
		root.waitFor("", "pgrep -u bob -f 'linger.sh keep' || true")
		root.ok("cd /run/user/1001; mv systemd/private systemd/away; mv bus away")

		if out := root.run(bare("gorun --doctor")); !strings.Contains(out.Stdout, "whether any still exists is unknown: ") {
			t.Errorf("the doctor: %+v", out)
		}
		if got := root.ok(lingering); got != "bob" {
			t.Errorf("after the doctor the lingering users are %q", got)
		}
		if out := root.run(bare("gorun true")); out.Status != 125 {
			t.Errorf("a launch: %+v", out)
		}
		root.waitFor("", "pgrep -u bob -f 'linger.sh keep' || true")
		if got := root.ok(lingering); got != "bob" {
			t.Errorf("after a launch that failed the lingering users are %q", got)
		}

		root.ok("cd /run/user/1001; mv systemd/away systemd/private; mv away bus; pkill -u bob -x sleep")
		root.nobodyLingers()
	})
}
