package integration

import (
	"strings"
	"testing"
)

// A run whose manager cannot be reached has not ended, and nobody may say so.
func TestRunOfAManagerThatCannotBeReachedHasNotEnded(t *testing.T) {
	essential(t)
	const away = `cd /run/user/1000 && mv systemd/private systemd/private.away && mv bus bus.away && `
	const back = `cd /run/user/1000 && mv systemd/private.away systemd/private && mv bus.away bus`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		s.ok("gorun -b -q --unit=job sleep 600")
		for name, replace := range map[string]string{
			"refused": `python3 -c 'import os, socket
for path in "systemd/private", "bus": socket.socket(socket.AF_UNIX).bind(path); os.chown(path, 1000, 1000)'`,
			"denied":  `mkdir -m 0 bus && mkdir -m 700 /run/denied && mkfifo /run/denied/x && ln -s /run/denied/x systemd/private`,
			"missing": `true`, // but the system's manager says that it runs
		} {
			root.ok(away + replace)
			for command, prints := range map[string]string{"--stop job": "", "--list": "", "--status job": "", "--freeze job": "", "--list --json": "", "--stop jo": ""} {
				out := s.run("gorun " + command)
				if out.Status != 1 || out.Stdout != prints || !strings.HasPrefix(out.Stderr, "gorun: error: connect to the user manager: ") {
					t.Errorf("%s: %s: status %d, printed %q and %q", name, command, out.Status, out.Stdout, out.Stderr)
				}
			}
			if out := s.run("gorun --wait-for job"); out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: connect to the user manager: ") {
				t.Errorf("%s: wait: status %d, printed %q", name, out.Status, out.Stderr)
			}
			if out := root.run("gorun --list --all-users"); out.Status != 1 || !strings.HasPrefix(out.Stderr, "gorun: error: runs of alice: ") {
				t.Errorf("%s: root: status %d, printed %q and %q", name, out.Status, out.Stdout, out.Stderr)
			}
			root.ok(`cd /run/user/1000 && rm -fr systemd/private bus /run/denied; ` + back)
		}
		if got := s.ok("gorun --stop job"); got != "job.scope: stopped" {
			t.Errorf("printed %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

// A manager that was killed leaves its sockets, and has no runs.
func TestRunsOfAManagerThatWasKilledHaveEnded(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok(`systemctl stop user@1000.service; install -d -m 700 -o alice -g alice /run/user/1000 /run/user/1000/systemd
			python3 -c 'import os, socket
for path in "systemd/private", "bus": socket.socket(socket.AF_UNIX).bind("/run/user/1000/" + path); os.chown("/run/user/1000/" + path, 1000, 1000)'`)
		const asAlice = "setpriv --reuid=1000 --regid=1000 --clear-groups env -i XDG_RUNTIME_DIR=/run/user/1000 HOME=/home/alice "
		if out := root.run(asAlice + "gorun --list"); out.Status != 0 || strings.Count(out.Stdout, "\n") != 1 || out.Stderr != "" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		if out := root.run(asAlice + "gorun --stop nosuch"); out.Status != 4 {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		if out := root.run("gorun --list --all-users"); out.Status != 0 || out.Stderr != "" {
			t.Errorf("root: status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		root.ok("rm -fr /run/user/1000")
	})
}

// A message bus without systemd is no manager. One that runs all the same is not absent.
func TestMessageBusWithoutSystemdIsNoManager(t *testing.T) {
	const withBus = "env XDG_RUNTIME_DIR=/nonexistent HOME=/tmp dbus-run-session -- "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		as := func(user string) string {
			return "setpriv --reuid=" + user + " --regid=" + user + " --clear-groups " + withBus
		}
		for command, status := range map[string]int{"--list": 0, "--stop nosuch": 4, "--wait-for nosuch": 4, "--status nosuch": 4, "--clean nosuch": 4} {
			if out := root.run(as("bob") + "gorun " + command); out.Status != status || strings.Contains(out.Stderr, "connect to") {
				t.Errorf("%s: status %d, printed %q and %q", command, out.Status, out.Stdout, out.Stderr)
			}
		}
		root.ok("cd /run/user/1000 && mv systemd/private systemd/private.away && mv bus bus.away")
		out := root.run(as("alice") + "gorun --list")
		root.ok("cd /run/user/1000 && mv systemd/private.away systemd/private && mv bus.away bus")
		if out.Status != 1 || !strings.Contains(out.Stderr, "gorun: error: connect to the user manager: ") || !strings.Contains(out.Stderr, ": systemd is not on this bus: ") {
			t.Errorf("alice's runs: status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

// One user's manager that hangs hides no other user's runs, and root reads whose it is.
func TestHungManagerDoesNotHideOthersFromRoot(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, bob, root := g.login(t, "alice"), g.login(t, "bob"), g.login(t, "root")
		alice.ok("gorun -b -q --unit=hers sleep 600")
		bob.ok("gorun -b -q --unit=his sleep 600")
		root.ok("gorun -b -q --unit=roots sleep 600")
		pid := root.ok("systemctl show --value -p MainPID user@1000.service")
		root.ok("kill -STOP " + pid)
		out := root.run("gorun --list --all-users | awk '{ print $1, $2 }'; exit ${PIPESTATUS[0]}")
		root.ok("kill -CONT " + pid)
		if out.Status != 1 || out.Stdout != "USER UNIT\nroot roots.scope\nbob his.scope\n" ||
			out.Stderr != "gorun: error: runs of alice: list the units of the user manager: the manager did not answer within 10s\n" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		for _, s := range []*session{alice, bob, root} {
			s.ok("gorun --stop $(gorun --list --json | grep -o '[a-z]*[.]scope' | head -n1)")
		}
		alice.nothingLeft("systemctl --user")
		bob.nothingLeft("systemctl --user")
	})
}
