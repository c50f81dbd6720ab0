package integration

import (
	"strings"
	"testing"
)

// Names and home directories may have characters with a meaning in a shell or in a unit
// file. The manager reads the unit file again on a reload.
func TestLeaseWorksWithOddUserNamesAndHomes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for name, home := range map[string]string{
			"a.b":   "/home/a.b",
			"a_b$":  "/home/a_b$",
			"homey": `/home/a 'b' "$c" %n \`,
			"linky": "/home/link",
		} {
			// Without useradd(8), which refuses some of these.
			root.ok("set -e; n=" + quote(name) + " h=" + quote(home) + `
				echo "$n:x:3000:3000::$h:/usr/sbin/nologin" >>/etc/passwd; echo "$n:x:3000:" >>/etc/group
				echo "$n:*:19000:0:99999:7:::" >>/etc/shadow
				mkdir -p /home/target; [ "$h" = /home/link ] && ln -sn target /home/link || mkdir "$h"; chown 3000:3000 "$h"`)
			held := root.ok("cd / && setpriv --reuid=3000 --regid=3000 --clear-groups env -i PATH=/usr/bin:/bin HOME=/nonexistent LANG=xx_YY.UTF-99 " +
				"gorun --must-survive sh -c 'ls /var/lib/systemd/linger; systemctl --user daemon-reload'")
			if held != name {
				t.Errorf("%s in %s: during the run the lingering users are %q", name, home, held)
			}
			root.nobodyLingers()
			root.waitFor("", "pgrep -u 3000 || true")
			root.waitFor("", "ls /run/systemd/users | grep -x 3000 || true") // logind knows the old name
			if left := root.ok("ls " + quote(home) + "/.local/state/gorun/linger-$(cat /etc/machine-id)"); left != "launching\nlinger.sh" {
				t.Errorf("%s in %s: the files left are %q", name, home, left)
			}
			root.ok("sed -i /:3000:/d /etc/passwd /etc/group; sed -i /:19000:/d /etc/shadow; rm -rf /home/link /home/target " + quote(home))
		}
	})
}

// logind may be restarted while a lease is held, such as by an update. If a scope ends
// while logind is stopped, the next run gives the lease back.
func TestLeaseSurvivesLogindsRestartAndStop(t *testing.T) {
	long(t)
	const away, back = "systemctl mask --runtime --now systemd-logind 2>/dev/null", "systemctl unmask --runtime systemd-logind 2>/dev/null; systemctl start systemd-logind"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		hold := "{ " + bare("gorun --must-survive --unit=held sh -c \"touch /tmp/up; exec sleep 600\"") + `; } >/dev/null 2>&1 </dev/null &
			until [ -e /tmp/up ]; do sleep 0.02; done; rm /tmp/up`

		root.ok(hold)
		root.ok("systemctl reset-failed systemd-logind; systemctl restart systemd-logind; " + bare("gorun true"))
		root.ok("sleep 2") // a manager that lost its lingering would be gone by now
		if got := root.ok(lingering + "; pgrep -c -x -u bob sleep"); got != "bob\n1" {
			t.Errorf("after a restart: %q", got)
		}
		root.endsAll("bob")
		root.nobodyLingers()

		root.ok("systemctl stop user@1000.service; " + hold + "; " + away)
		root.ok(bare("gorun --must-survive true")) // the lease is already held
		out := root.run(strings.ReplaceAll(bare("gorun touch /tmp/ran"), "bob", "alice"))
		if out.Status != 125 || !strings.Contains(out.Stderr, "\ngorun: hint: ") {
			t.Errorf("without logind and manager: status %d, printed %q", out.Status, out.Stderr)
		}
		root.endsAll("bob")
		root.waitFor("", "ls -d /sys/fs/cgroup"+bobSlice+"/gorun-linger.service 2>/dev/null || true")
		if got := root.ok(lingering + "; ls /tmp/ran 2>/dev/null || true"); got != "bob" {
			t.Errorf("lingering users and files are %q, want only bob", got)
		}
		// A logind that was stopped has forgotten the sessions, and ends them.
		root.Run(t.Context(), back) // it may end first
		root = g.login(t, "root")
		root.waitFor("active", "systemctl is-active systemd-logind || true")
		root.ok(bare("gorun true"))
		root.nobodyLingers()
	})
}

// "loginctl terminate-user" ends all of the user's processes, and the lease.
func TestTerminatedUserLeavesNoLease(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		root.ok("{ " + bare("gorun --must-survive --unit=ended sh -c \"touch /tmp/up; exec sleep 600\"") + `; } >/dev/null 2>/tmp/said </dev/null &
			until [ -e /tmp/up ]; do sleep 0.02; done; rm /tmp/up; loginctl terminate-user bob; wait`)
		if said := root.ok("head -n1 /tmp/said"); said != "gorun: warning: ended.scope: stopped on request" {
			t.Errorf("gorun printed %q", said)
		}
		root.nobodyLingers()
		root.waitFor("", "pgrep -u bob || true")
	})
}
