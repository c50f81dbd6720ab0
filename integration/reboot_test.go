package integration

import (
	"context"
	"strings"
	"testing"
	"time"
)

// After a reboot "gorun --doctor" gives a leftover lease back, and the next run works as
// usual. 252 may stop logind before the lease's unit can call it. The user's own
// lingering stays.
func TestLeaseDoesNotOutliveAReboot(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root := g.holdsLeaseThrough(t, g.Reboot)
		for _, f := range root.doctor(strings.Replace(bare("gorun"), "sh -c 'gorun'", "gorun", 1)) {
			if f.Check == "lingering" {
				t.Logf("doctor: %s, %s", f.Status, f.Message)
			}
			if f.Status == "problem" {
				t.Errorf("doctor: %+v", f)
			}
		}
		root.givesBack()
		root.nextRunLingers()
	})
}

// Here the next run takes the lease over. One suite is enough, because a boot takes long
// and a crash leaves the same everywhere: see TestStaleLeaseIsTakenOverAndGivenBack.
func TestLeaseDoesNotOutliveAPowerCut(t *testing.T) {
	long(t)
	onSuites(t, suites(t)[:1], vm, func(t *testing.T, g *guest) {
		g.holdsLeaseThrough(t, g.PowerCycle).nextRunLingers()
	})
}

// holdsLeaseThrough makes the machine go down while bob, who has no session, holds a
// lease, and alice lingers without a lease.
func (g *guest) holdsLeaseThrough(t *testing.T, goDown func(context.Context) error) *session {
	root := g.login(t, "root")
	root.ok("loginctl enable-linger alice")
	root.ok("{ " + bare("gorun --must-survive --unit=held sh -c \"touch /tmp/up; exec sleep 6000\"") + `; } >/dev/null 2>&1 </dev/null &
		until [ -e /tmp/up ]; do sleep 0.2; done; sync`)
	if got := root.ok(lingering); got != "alice\nbob" {
		t.Fatalf("before: %q", got)
	}

	const bootID = "cat /proc/sys/kernel/random/boot_id"
	before, begun := root.ok(bootID), time.Now()
	if err := goDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	root = g.login(t, "root")
	t.Cleanup(func() { root.Login.Run(context.Background(), "loginctl disable-linger alice") })
	if root.ok(bootID) == before {
		t.Fatal("the machine has not booted again")
	}
	t.Logf("up again after %v; lingering: %q", time.Since(begun).Round(time.Second), root.ok(lingering))
	return root
}

// nextRunLingers makes sure that bob lingers during his next run, and not longer.
func (s *session) nextRunLingers() {
	s.t.Helper()
	if got := s.ok(bare("gorun --must-survive sh -c \"ls /var/lib/systemd/linger\"")); got != "alice\nbob" {
		s.t.Errorf("during the next run: %q", got)
	}
	s.givesBack()
}

// givesBack makes sure that nothing is left of bob's lease, and that alice still lingers.
func (s *session) givesBack() {
	s.t.Helper()
	s.ok("for i in $(seq 300); do pgrep -u bob >/dev/null || break; sleep 0.1; done")
	s.waitFor("alice", lingering)
	s.waitFor("inactive", bobs)
	s.waitFor("", "ls /home/*/.local/state/gorun/*/linger-lease 2>/dev/null || true")
}

// A reboot stops the runs, and their hooks run before the machine goes down: the commands, and no
// units. After it nothing runs again.
func TestHooksRunOnceAtAReboot(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root, alice := g.login(t, "root"), g.login(t, "alice")
		const log = "/var/tmp/reboot.log"
		for _, s := range []*session{root, alice} {
			s.ok(`printf '#!/bin/sh\necho $(id -un) $UNIT $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS >>` + log + `; sync\n' >/var/tmp/note-$(id -un); chmod 755 /var/tmp/note-$(id -un); touch ` + log + `; chmod 666 ` + log + ` 2>/dev/null || true
				gorun -b -q --unit=down --exec-stop-post=/var/tmp/note-$(id -un) sleep 6000 >/dev/null`)
		}
		if err := g.Reboot(t.Context()); err != nil {
			t.Fatal(err)
		}
		root = g.login(t, "root")
		got := root.ok("sort " + log)
		t.Logf("a reboot: %s", strings.ReplaceAll(got, "\n", "; "))
		const want = "alice down.scope signal killed TERM\nroot down.scope signal killed TERM"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		g.login(t, "alice").ok("gorun true") // gives back the lease, if the reboot came before that
		root.waitFor("", lingering)
		root.ok("rm " + log + " /var/tmp/note-*; test -z \"$(ls /run/gorun 2>/dev/null | grep hooks)\"")
	})
}
