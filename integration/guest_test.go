package integration

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorun/integration/rig"
)

// scriptTimeout limits the time of a script on a guest, even an emulated one on a busy
// host. The test's error has the output of a hanging script. A suite for another processor has only
// emulated machines, so its long tests run there too.
func scriptTimeout() time.Duration {
	if anyForeign() {
		return 40 * time.Minute
	}
	return 5 * time.Minute
}

// guest is a machine for tests. An error of the machine itself ends the test.
type guest struct{ *rig.Machine }

// login logs a user in for the rest of the test. sshd opens the session, and logind
// starts the user's manager, some time after ssh has connected. login waits for both by
// running a command.
func (g *guest) login(t *testing.T, user string) *session {
	t.Helper()
	l, err := g.Login(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	s := &session{t, l, min(time.Minute*time.Duration(g.Slowness()), scriptTimeout())}
	s.run(":")
	return s
}

// session is a user's login.
type session struct {
	t *testing.T
	*rig.Login
	patience time.Duration // how long waitFor waits
}

// run runs a script to its end.
func (s *session) run(script string) rig.Output {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), scriptTimeout())
	defer cancel()
	out, err := s.Login.Run(ctx, script)
	if err != nil {
		s.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// ok runs a script that must succeed and print nothing on standard error. It returns the
// script's output.
func (s *session) ok(script string) string {
	s.t.Helper()
	out := s.run(script)
	if out.Status != 0 || out.Stderr != "" {
		s.t.Fatalf("%s: status %d, signal %q, printed %q and %q", script, out.Status, out.Signal, out.Stdout, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout)
}

// pollInterval is the pause between two looks at a thing that takes time. Without it a
// test that waits would take the processors from the others.
const pollInterval = 100 * time.Millisecond

// waitFor repeats a script until it prints want. It is for things that systemd does some
// time after an event.
func (s *session) waitFor(want, script string) {
	s.t.Helper()
	deadline := time.Now().Add(s.patience)
	for {
		got := s.ok(script)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: still prints %q, want %q", script, got, want)
		}
		time.Sleep(pollInterval)
	}
}

// nothingLeft makes sure that no unit of gorun is left, and no failed unit.
func (s *session) nothingLeft(systemctl string) {
	s.t.Helper()
	s.waitFor("", systemctl+" list-units --all --no-legend --plain 'gorun-*'")
	s.waitFor("", systemctl+" list-units --failed --no-legend --plain")
}
