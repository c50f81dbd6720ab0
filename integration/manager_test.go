package integration

import (
	"strings"
	"testing"
)

func TestSameNameCanBeUsedAgainAtOnce(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, exec := range []string{"", "--exec "} {
			s.ok("for i in $(seq 200); do gorun --unit=again " + exec + "true || exit; done")
		}
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain again.scope")
	})
}

// An ordinary user reaches the system's manager over the message bus.
func TestScopeOfTheSystemManagerOverTheMessageBus(t *testing.T) {
	const rule = `polkit.addRule(function(action, subject) {
	if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "alice") return polkit.Result.YES;
});`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("cat >/etc/polkit-1/rules.d/10-gorun.rules <<'EOF'\n" + rule + "\nEOF\nsystemctl restart polkit")
		defer root.ok("rm /etc/polkit-1/rules.d/10-gorun.rules; systemctl restart polkit")
		if got := s.ok("gorun --system cat /proc/self/cgroup"); !scopeOf("/system.slice", "cat").MatchString(got) {
			t.Errorf("the command ran in %q", got)
		}
		s.ok("for i in $(seq 50); do gorun --system --unit=bus-again true || exit; done")
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

// A manager that does not answer is given up after half a minute. That bound
// itself is in the unit tests; here the user gets impatient.
func TestHungManagerCanBeInterrupted(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		manager := s.ok("systemctl --user show --value -p MainPID; pgrep -u alice -x systemd")
		root := g.login(t, "root")
		pid := manager[strings.LastIndexByte(manager, '\n')+1:]
		root.ok("kill -STOP " + pid)
		defer root.ok("kill -CONT " + pid)
		out := s.run("timeout -s INT 1 gorun touch /tmp/ran-hung; echo $?; test ! -e /tmp/ran-hung")
		if out.Status != 0 || strings.TrimSpace(out.Stdout) != "124" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
	})
}
