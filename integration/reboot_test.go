package integration

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// What a machine that goes down leaves of a lease, the next run takes over and
// gives back at its end. 252 may stop logind before the lease's unit can reach it.
// Lingering of the user's own stays.
func TestLeaseDoesNotOutliveAReboot(t *testing.T) {
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		g.holdsLeaseThrough(t, g.Reboot)
	})
}

// One suite has to do: what a crash leaves is the same everywhere, see
// TestStaleLeaseIsTakenOverAndGivenBack, and a boot takes long.
func TestLeaseDoesNotOutliveAPowerCut(t *testing.T) {
	first, _, _ := strings.Cut(os.Getenv("GORUN_SUITES"), ",")
	t.Setenv("GORUN_SUITES", first)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		g.holdsLeaseThrough(t, g.PowerCycle)
	})
}

// holdsLeaseThrough has the machine go down under a lease of bob's, who has no
// session, and looks what the next run makes of it.
func (g *guest) holdsLeaseThrough(t *testing.T, goDown func(context.Context) error) {
	root := g.login(t, "root")
	root.ok("loginctl enable-linger alice")
	root.ok("{ " + bare("gorun --must-survive --unit=held sh -c \"touch /tmp/up; exec sleep 6000\"") + `; } >/dev/null 2>&1 </dev/null &
		until [ -e /tmp/up ]; do sleep 0.2; done; sync`)
	if got := root.ok(lingering); got != "alice\nbob" {
		t.Fatalf("before: %q", got)
	}

	begun := time.Now()
	if err := goDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	root = g.login(t, "root")
	defer root.ok("loginctl disable-linger alice")
	t.Logf("up again after %v; lingering: %q", time.Since(begun).Round(time.Second), root.ok(lingering))

	if got := root.ok(bare("gorun --must-survive sh -c \"ls /var/lib/systemd/linger\"")); got != "alice\nbob" {
		t.Errorf("during the next run: %q", got)
	}
	// This is also where "gorun --doctor" would have given it back.
	root.ok("for i in $(seq 300); do pgrep -u bob >/dev/null || break; sleep 0.1; done")
	root.waitFor("alice", lingering)
	root.waitFor("inactive", bobs)
	root.waitFor("", "ls /home/*/.local/state/gorun/*/linger-lease 2>/dev/null || true")
}
