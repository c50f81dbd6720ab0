package integration

import (
	"strings"
	"testing"
)

func TestStopSaysWhatHadToBeKilled(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for _, user := range []string{"alice", "root"} {
			s := g.login(t, user)
			systemctl := map[string]string{"alice": "systemctl --user", "root": "systemctl"}[user]
			s.ok(`gorun -q --unit=over true
				gorun -b -q --unit=stops sleep 600
				gorun -b -q --unit=stubborn --stop-timeout=1s sh -c 'trap "" TERM; touch /tmp/trapped; while :; do sleep 0.1; done'
				until [ -e /tmp/trapped ]; do sleep 0.1; done; rm /tmp/trapped`)
			out := s.run("gorun --stop stubborn over stops nosuch")
			const want = "stubborn.scope: did not stop when it was asked to, and was killed\nover.scope: had ended\nstops.scope: stopped\n"
			if out.Status != 4 || out.Stdout != want || !strings.HasPrefix(out.Stderr, "gorun: error: nosuch.scope: no such run") {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.awaitEnd("stops", "ended - stopped - SIGTERM")
			if out := s.run("gorun --stop stubborn stops"); out.Status != 0 || out.Stdout != "stubborn.scope: had ended\nstops.scope: had ended\n" {
				t.Errorf("%s: status %d, printed %q and %q", user, out.Status, out.Stdout, out.Stderr)
			}
			s.ok("gorun -b -q --unit=stops sleep 600")
			if text := s.valid("actions", "gorun --stop --json stops over"); strings.Count(text, `"result": "stopped"`) != 1 || strings.Count(text, `"result": "ended"`) != 1 {
				t.Errorf("%s: %s", user, text)
			}
			s.nothingLeft(systemctl)
		}
	})
}
