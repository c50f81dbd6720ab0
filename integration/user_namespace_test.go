package integration

import (
	"fmt"
	"strings"
	"testing"
)

// namespaces are commands that run a command in a user namespace of the caller's. In that
// of -U nobody has a UID, as with bwrap --unshare-user; in nested ones each namespace knows
// only the next.
var namespaces = []string{"unshare -r", "unshare -U", "unshare -r unshare -r", "unshare -rm", "unshare -c", "unshare -r unshare -U", "unshare -U --map-user=7 --map-group=7"}

// The manager knows from the kernel who asks.
func TestCommandsRunInUserNamespacesOfTheCaller(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		for i, in := range namespaces {
			if out := alice.run(in + " true"); out.Status != 0 {
				t.Fatalf("%s: %s", in, out.Stderr)
			}
			for _, options := range []string{"--user", "", "--exec", "--must-survive", "--user --nice=1"} {
				for _, env := range []string{"", "env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS "} {
					out := alice.run(in + " " + env + "gorun " + options + " tail -n1 /proc/self/cgroup")
					if !scopeOf(aliceSlice, "tail").MatchString(strings.TrimSpace(out.Stdout)) || out.Status != 0 || out.Stderr != "" {
						t.Errorf("%s %sgorun %s: %+v", in, env, options, out)
					}
				}
			}
			// The lease, the record and the output are alice's.
			unit := fmt.Sprint("inside", i) // the one before has the same record
			if got := alice.ok(in + " gorun --unit=" + unit + " sh -c 'sleep 0.5; exit 3' 2>/dev/null; echo $?; until gorun --status --json " + unit + " 2>/dev/null | grep -q '\"exit_code\": *3'; do sleep 0.1; done"); got != "3" {
				t.Errorf("%s: status %q", in, got)
			}
			alice.ok(in + " gorun --status " + unit + " >/dev/null && " + in + " gorun --log " + unit + " | grep 'exited with status 3'")
			if out := alice.run(in + " gorun --doctor"); !strings.Contains(out.Stdout, "/home/alice/.local/state/gorun/") || strings.Contains(out.Stdout, "problem ") {
				t.Errorf("%s gorun --doctor: %+v", in, out)
			}
			// The system manager stays root's.
			out := alice.run(in + " gorun --system --no-ask-password touch /tmp/ran-inside")
			if out.Status != 125 || !strings.Contains(out.Stderr, "refused") {
				t.Errorf("%s gorun --system: %+v", in, out)
			}
		}
		alice.ok("[ ! -e /tmp/ran-inside ]")
		for _, in := range namespaces {
			if got := root.ok(in + " gorun tail -n1 /proc/self/cgroup"); !scopeOf("/system.slice", "tail").MatchString(got) {
				t.Errorf("root, %s: ran in %q", in, got)
			}
		}
		if got := alice.ok("unshare -r gorun --uid=root --gid=root id -u"); got != "0" {
			t.Errorf("--uid in a namespace: printed %q", got)
		}
		alice.nothingLeft("systemctl --user")
		root.nobodyLingers()
	})
}

// Without a runtime directory the namespace's map tells who the caller is.
func TestManagerIsStartedForARunInAUserNamespace(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		for _, in := range []string{"unshare -r", "unshare -c"} {
			root.nobodyLingers()
			got := root.ok(bare(in + " gorun --must-survive tail -n1 /proc/self/cgroup"))
			if !scopeOf("/user.slice/user-1001.slice/user@1001.service/app.slice", "tail").MatchString(got) {
				t.Errorf("%s: ran in %q", in, got)
			}
		}
		root.nobodyLingers()
	})
}
