package integration

import (
	"strings"
	"testing"
	"time"
)

func TestSameNameCanBeUsedAgainAtOnce(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, exec := range []string{"", "--exec "} {
			s.ok("for i in $(seq 200); do gorun --unit=again " + exec + "true || exit; done")
		}
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain again.scope")
	})
}

// An ordinary user connects to the system manager over the message bus.
func TestOrdinaryUserCanUseTheSystemManagerIfPolkitAllows(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "alice") return polkit.Result.YES;
});`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.polkitRule(rule)()
		if got := s.ok("gorun --system cat /proc/self/cgroup"); !scopeOf("/system.slice", "cat").MatchString(got) {
			t.Errorf("the command ran in %q", got)
		}
		s.ok("for i in $(seq 50); do gorun --system --unit=bus-again true || exit; done")
		// Only root can move a process into a scope that runs.
		s.ok("gorun -b --system --unit=host --log-to=null sleep 1000 >/dev/null")
		out := s.run("gorun --system --unit=host --if-running=join true")
		if want := "gorun: error: join host.scope: it is a scope of the system manager's, and this process is not root's\ngorun: hint: only root may use the system manager: leave --system out, or use sudo\n"; out.Status != 125 || out.Stderr != want {
			t.Errorf("join: got %+v", out)
		}
		s.ok("gorun --system --stop host >/dev/null")
		root.nothingLeft("systemctl")
	})
}

func TestManagerIsFoundInABareEnvironment(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, env := range []string{
			"env -i /usr/bin/gorun",
			"env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS gorun",
			"env XDG_RUNTIME_DIR=/nonexistent gorun",
			"env XDG_RUNTIME_DIR=/run/user/0 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus gorun",
			"env XDG_RUNTIME_DIR=relative DBUS_SESSION_BUS_ADDRESS=nonsense gorun",
		} {
			if got := s.ok(env + " cat /proc/self/cgroup"); !scopeOf(aliceSlice, "cat").MatchString(got) {
				t.Errorf("%s: the command ran in %q", env, got)
			}
		}
	})
}

// gorun gives up after half a minute if the manager does not answer. The unit tests check
// that limit; here the user interrupts earlier.
func TestHungManagerCanBeInterrupted(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		root := g.login(t, "root")
		pid := root.ok("systemctl show --value -p MainPID user@1000.service")
		root.ok("kill -STOP " + pid)
		defer root.ok("kill -CONT " + pid)
		// A shell's background job ignores SIGINT.
		out := s.run(`env --default-signal=INT gorun touch /tmp/ran-hung >/dev/null 2>&1 </dev/null & gorun=$!
			until ls -l /proc/$gorun/fd 2>/dev/null | grep -q socket:; do sleep 0.05; done # it asks
			kill -INT $gorun; wait $gorun; echo $?; test ! -e /tmp/ran-hung`)
		if out.Status != 0 || strings.TrimSpace(out.Stdout) != "130" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
	})
}

// The manager writes a transient unit to a file, and reads the file on a reload.
func TestCommandLineDoesNotChangeTheUnitOnReload(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, tail := range []string{"\n[Scope]\nRuntimeMaxSec=1\n", "\n[Bad", "\\", `\\\`, "%n $HOME \t'\"", strings.Repeat("x", 100000)} {
			// The command lives until the file is gone, and longer than its odd time limit.
			got := s.ok("gorun --unit=odd python3 -c 'import os, time; open(\"/tmp/odd\", \"w\"); time.sleep(2.5)\nwhile os.path.exists(\"/tmp/odd\"): time.sleep(0.05)' " + quote("a"+tail) + ` &
				until [ -e /tmp/odd ]; do sleep 0.1; done; systemctl --user daemon-reload
				systemctl --user show --value -p LoadState -p CollectMode -p RuntimeMaxUSec odd.scope | sort | paste -sd" "; rm /tmp/odd; wait %1`)
			if got != "inactive-or-failed infinity loaded" {
				t.Errorf("%.20q: after the reload: %q", tail, got)
			}
		}
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain odd.scope")
	})
}

// quote quotes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func TestUnitMayHaveTheNameOfAKernelFile(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, name := range []string{"memory", "cpu", "pids", "cgroup.x", "_foo"} {
			if got := s.ok("gorun --unit=" + name + " cat /proc/self/cgroup"); !strings.Contains(got, "/app.slice/_"+name+".scope") {
				t.Errorf("%s: the command ran in %q", name, got)
			}
		}
	})
}

// The manager's signals to a scope do not reach a command that has moved to another
// scope. gorun forwards them.
func TestStopReachesACommandThatHasLeftTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run("gorun --unit=outer --runtime-max=3s --stop-timeout=1min sh -c 'exec gorun --unit=inner sleep 600'")
		if out.Status != 124 || out.Stderr != "gorun: warning: outer.scope: time limit of 3s reached\n" {
			t.Errorf("status %d, signal %q, printed %q", out.Status, out.Signal, out.Stderr)
		}
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain inner.scope outer.scope")
	})
}

func TestNoLaunchFailsWhileTheManagerReexecutes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`rm -f /tmp/enough; trap 'touch /tmp/enough; wait' EXIT
			while [ ! -e /tmp/enough ]; do systemctl --user daemon-reexec 2>/dev/null; sleep 0.2; done &
			for i in $(seq 60); do gorun cat /proc/self/cgroup; done | grep -c /gorun-cat-`)
		if out.Stdout != "60\n" || out.Stderr != "" {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

// reexecutes has the system's manager re-execute every two seconds, until enough is called.
func (s *session) reexecutes() (enough func()) {
	s.t.Helper()
	again, err := s.Start("until [ -e /tmp/enough ]; do systemctl daemon-reexec; sleep 2; done")
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		s.ok("touch /tmp/enough")
		if _, err := again.Wait(s.t.Context()); err != nil {
			s.t.Error(err)
		}
	}
}

// The user's manager has the system's move the process, which comes from a session.
func TestNoLaunchFailsWhenTheSystemsManagerReexecutes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		enough := root.reexecutes()
		out := s.run("for i in $(seq 100); do gorun cat /proc/self/cgroup; sleep 0.05; done | grep -c /gorun-cat-")
		if out.Stdout != "100\n" || out.Stderr != "" {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		enough()
		s.nothingLeft("systemctl --user")
	})
}

func TestNoQuestionFailsWhileTheManagerReexecutes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		got := s.ok(`gorun -b -q --unit=job sleep 600 >/dev/null
			while [ ! -e /tmp/enough ]; do systemctl --user daemon-reexec 2>/dev/null; sleep 0.2; done &
			for i in $(seq 60); do gorun --list >/dev/null || echo list; gorun --status job >/dev/null || echo status; done 2>&1
			touch /tmp/enough; wait
			gorun --stop job`)
		if got != "job.scope: stopped" {
			t.Errorf("printed %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestBusOfAnotherUserIsNotUsed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		g.login(t, "alice") // so that her bus exists
		root := g.login(t, "root")
		begun := time.Now()
		out := root.run("runuser -u bob -- env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus gorun --linger=no true")
		if out.Status != 125 || time.Since(begun) > 25*time.Second || !strings.Contains(out.Stderr, "/run/user/1000") {
			t.Errorf("status %d after %v, printed %q", out.Status, time.Since(begun), out.Stderr)
		}
	})
}
