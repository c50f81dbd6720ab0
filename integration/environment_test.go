package integration

import (
	"strings"
	"testing"
	"time"
)

// environments are ways to run a script as bob with the environment of alice's
// session.
var environments = map[string]string{
	"su":           "sudo -E su bob -s /bin/sh -c ",
	"sudo -E":      "sudo -E -u bob sh -c ",
	"sudo, listed": "sudo --preserve-env=XDG_RUNTIME_DIR,DBUS_SESSION_BUS_ADDRESS,HOME,XDG_STATE_HOME -u bob sh -c ",
}

const bobSlice = "/user.slice/user-1001.slice/user@1001.service/app.slice"

// The lease is in bob's home directory too, not in alice's.
func TestOwnManagerIsUsedDespiteTheEnvironmentOfAnotherUser(t *testing.T) {
	long(t)
	const hers = "find ~ -printf '%p %T@\\n' | sort; systemctl --user show --value -p NInstalledJobs"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		for how, as := range environments {
			root.nobodyLingers()
			before := alice.ok(hers)
			got := alice.ok("cd /; " + as + quote("id -un; echo $XDG_RUNTIME_DIR; gorun --must-survive sh -c \"tail -n1 /proc/self/cgroup; ls /var/lib/systemd/linger; echo \\$XDG_RUNTIME_DIR\""))
			lines := strings.Split(got, "\n")
			if len(lines) != 5 || lines[0] != "bob" || lines[1] != "/run/user/1000" || !scopeOf(bobSlice, "sh").MatchString(lines[2]) || lines[3] != "bob" || lines[4] != "/run/user/1000" {
				t.Errorf("%s: %q", how, got)
			}
			if after := alice.ok(hers); after != before {
				t.Errorf("%s: alice's files and jobs were %q, and are now %q", how, before, after)
			}
		}
		root.nobodyLingers()
	})
}

// bob has no manager and no session here.
func TestRuntimeDirectoryOfAnotherUserIsRefused(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		for how, as := range environments {
			root.nobodyLingers()
			begun := time.Now()
			out := alice.run("cd /; " + as + quote("gorun --linger=no touch /tmp/ran-foreign"))
			if out.Status != 125 || time.Since(begun) > 25*time.Second || !strings.Contains(out.Stderr, "/run/user/1000: belongs to UID 1000, and this is UID 1001") {
				t.Errorf("%s: status %d, printed %q", how, out.Status, out.Stderr)
			}
			if out := alice.run("test -e /tmp/ran-foreign"); out.Status == 0 {
				t.Errorf("%s: the command was run", how)
			}
		}
	})
}

// Root can connect to every user's socket, but must not use another user's manager.
func TestRootUsesItsOwnManagerDespiteAUsersEnvironment(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		for _, sudo := range []string{"sudo -E ", "sudo --preserve-env=XDG_RUNTIME_DIR,DBUS_SESSION_BUS_ADDRESS,HOME "} {
			if got := alice.ok(sudo + "gorun cat /proc/self/cgroup"); !scopeOf("/system.slice", "cat").MatchString(got) {
				t.Errorf("%s: the command ran in %q", sudo, got)
			}
			if got := alice.ok(sudo + "gorun --user cat /proc/self/cgroup"); !scopeOf("/user.slice/user-0.slice/user@0.service/app.slice", "cat").MatchString(got) {
				t.Errorf("%s--user: the command ran in %q", sudo, got)
			}
		}
		g.login(t, "root").nobodyLingers()
	})
}
