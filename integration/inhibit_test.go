package integration

import (
	"slices"
	"strings"
	"testing"
)

// locks lists logind's locks that block: who, what and why.
const locks = `busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ListInhibitors | grep -o '"[^"]*" "[^"]*" "[^"]*" "block"' || true`

func TestLockIsHeldAsLongAsTheRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		if got := root.ok(locks); got != "" {
			t.Fatalf("before: %s", got)
		}
		const held = `"sleep:idle" "awake.scope" "a long job" "block"`
		if got := root.ok("gorun --unit=awake --inhibit=sleep:idle --description='a long job' sh -c " + quote(locks)); got != held {
			t.Errorf("during the run: %q, want %q", got, held)
		}
		if got := root.ok(locks); got != "" {
			t.Errorf("after the run: %s", got)
		}
		// What people see: who, user, process, what, why and mode.
		if got := strings.Fields(root.ok("gorun --unit=awake --inhibit=sleep --description=nightly sh -c 'systemd-inhibit --list --no-legend --no-pager | grep awake'")); strings.Join(got, " ") == "" || got[0] != "awake.scope" || !slices.Contains(got, "nightly") || !slices.Contains(got, "sleep") || !slices.Contains(got, "gorun") {
			t.Errorf("systemd-inhibit prints %q", got)
		}
		// COMMAND may run on in the background, and does not hold the lock.
		root.ok("gorun --unit=awake --inhibit=sleep sh -c 'sleep 60 & true'; test -z \"$(" + locks + ")\"; systemctl stop awake.scope")
		root.run("gorun --unit=awake --inhibit=sleep sh -c 'kill -KILL $PPID; sleep 0.1'") // bash says that it was killed
		root.waitFor("", locks)
		root.nothingLeft("systemctl")
	})
}

// A session over ssh is remote, which polkit's rules do not trust.
func TestLockThatPolkitRefusesIsAWarning(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		out := alice.run("gorun --inhibit=sleep echo ran")
		if out.Status != 0 || out.Stdout != "ran\n" || !strings.HasPrefix(out.Stderr, "gorun: warning: --inhibit=sleep: ") || !strings.Contains(out.Stderr, "polkit") {
			t.Errorf("%+v", out)
		}
		if out := alice.run("gorun -q --inhibit=sleep echo ran"); out.Status != 0 || out.Stderr != "" {
			t.Errorf("with --quiet: %+v", out)
		}
		alice.nothingLeft("systemctl --user")
	})
}
