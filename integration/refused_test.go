package integration

import (
	"strings"
	"testing"
	"time"

	"gorun/integration/rig"
)

// If lingering cannot be enabled, a run with a manager continues with a warning. A run
// without a manager fails with a hint. Neither waits for long.

// refused checks this for a user with a manager.
func (s *session) refused(user *session, who, why string) {
	s.t.Helper()
	const within = 20 * time.Second // the bus would wait 25 s for a service
	begun := time.Now()
	run := func(script string) rig.Output {
		out := user.run(script)
		if line, rest, _ := strings.Cut(out.Stderr, "\n"); strings.HasPrefix(line, "Could not chdir to home directory ") {
			out.Stderr = rest // sshd's message, not gorun's
		}
		return out
	}
	// If COMMAND ended first, there would be nothing to warn of.
	out := run(`export said=$(mktemp); gorun --unit=refused sh -c 'until grep -q hint: $said; do sleep 0.1; done; echo ran' 2>$said; s=$?; cat $said >&2; rm $said; exit $s`)
	if out.Status != 0 || out.Stdout != "ran\n" || strings.Count(out.Stderr, "\n") != 2 ||
		!strings.HasPrefix(out.Stderr, "gorun: warning: refused.scope ends 10s after your last logout: "+why) {
		s.t.Errorf("%s: status %d, printed %q and %q", who, out.Status, out.Stdout, out.Stderr)
	}
	out = run("gorun --must-survive touch /tmp/ran-refused")
	if out.Status != 125 || !strings.Contains(out.Stderr, "10s after your last logout: "+why) {
		s.t.Errorf("%s: --must-survive: status %d, printed %q", who, out.Status, out.Stderr)
	}
	if took := time.Since(begun); took > within {
		s.t.Errorf("%s: the runs took %v", who, took)
	}
	if left := run("systemctl --user list-units --all --no-legend --plain 'refused*'; systemctl --user list-units --failed --no-legend --plain"); left.Stdout != "" {
		s.t.Errorf("%s: the units left are %s", who, left.Stdout)
	}
	if out := s.run("rm /tmp/ran-refused"); out.Status == 0 {
		s.t.Errorf("%s: the command was run", who)
	}
}

// refusedWithoutManager checks this for a user without a manager.
func (s *session) refusedWithoutManager(name, why string) {
	s.t.Helper()
	begun := time.Now()
	out := s.run(strings.ReplaceAll(strings.Replace(bare("gorun touch /tmp/ran-refused"), "cd /home/bob", "cd /", 1), "bob", name))
	error, hint, _ := strings.Cut(out.Stderr, "\n")
	if took := time.Since(begun); out.Status != 125 || took > 20*time.Second || !strings.Contains(error, "connect to the user manager") ||
		!strings.Contains(error, why) || !strings.Contains(hint, "'loginctl enable-linger "+name+"'") {
		s.t.Errorf("%s without a manager: status %d after %v, printed %q", name, out.Status, took, out.Stderr)
	}
	if out := s.run("rm /tmp/ran-refused"); out.Status == 0 {
		s.t.Errorf("%s: the command was run", name)
	}
}

// reloadBus has the system bus read its configuration again.
const reloadBus = "busctl -q call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig"

func TestWithoutPolkitARunWarnsOrFailsWithAHint(t *testing.T) {
	long(t)
	const service = "/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		for how, script := range map[string][2]string{
			"masked":  {"systemctl mask --now polkit 2>/dev/null", "systemctl unmask polkit 2>/dev/null"},
			"removed": {"mv " + service + " /root/; " + reloadBus + "; systemctl stop polkit", "mv /root/" + service[strings.LastIndexByte(service, '/')+1:] + " " + service + "; " + reloadBus},
		} {
			root.ok(script[0])
			root.refused(alice, how, "linger: ")
			root.refusedWithoutManager("bob", "linger: Could not enable linger: ")
			root.nobodyLingers()
			root.ok(script[1])
		}
		alice.ok("gorun --must-survive true")
	})
}

// Lingering can be enabled, but the manager does not start.
func TestManagerThatDoesNotStartLeavesNoLingering(t *testing.T) {
	long(t)
	const dropIn = "/run/systemd/system/user@1001.service.d"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("mkdir -p " + dropIn + `; printf '[Service]\nExecStartPre=/bin/false\n' >` + dropIn + "/fails.conf; systemctl daemon-reload")
		out := root.run(bare("gorun touch /tmp/ran-unstarted"))
		if out.Status != 125 || !strings.Contains(out.Stderr, ": user@1001.service has failed with result exit-code\ngorun: hint: 'systemctl status user@1001.service'") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		root.waitFor("", lingering)
		root.ok("rm -r " + dropIn + "; systemctl daemon-reload; systemctl reset-failed user@1001.service; [ ! -e /tmp/ran-unstarted ]")
		root.ok(bare("gorun --must-survive true"))
		root.nobodyLingers()
	})
}

func TestWithUnwritableHomeARunWarnsOrFailsWithAHint(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(`useradd -M -u 2001 nohome; useradd -M -u 2002 readonly; useradd -M -u 2003 full
			mkdir /home/readonly /home/full
			mount -t tmpfs -o ro,uid=2002 home /home/readonly; mount -t tmpfs -o size=64k,uid=2003 home /home/full
			cat /dev/zero >/home/full/zero 2>/dev/null; true`)
		defer root.ok(`for u in nohome readonly full; do
				loginctl terminate-user $u 2>/dev/null; until ! pgrep -u $u >/dev/null; do sleep 0.1; done; umount -q /home/$u 2>/dev/null; rm -rf /home/$u; userdel -f $u 2>/dev/null
			done`)
		for _, name := range []string{"nohome", "readonly", "full"} {
			root.refusedWithoutManager(name, "linger: ")
			user := g.login(t, name)
			root.refused(user, name, "linger: ")
			user.Close()
			root.waitFor("", lingering)

			// The user's own lingering still works.
			root.ok("loginctl enable-linger " + name)
			root.ok(strings.ReplaceAll(strings.Replace(bare("gorun --must-survive true"), "cd /home/bob", "cd /", 1), "bob", name))
			root.ok("loginctl disable-linger " + name)
		}
	})
}
