package integration

import "testing"

// A process group without a shell that looks after it gets SIGHUP when it is orphaned and a
// process in it is stopped. It must not be gorun that makes it so.
func TestEndOfARunDoesNotHangUpTheCallersGroup(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, option := range []string{"", "--exec"} {
			out := s.run("setsid -w bash -c 'sleep 600 & stopped=$!; kill -STOP $stopped; gorun " + option + " sleep 1; echo survived; kill -KILL $stopped; wait $stopped' 2>/dev/null")
			if out.Status != 137 || out.Stdout != "survived\n" {
				t.Errorf("gorun %s: status %d, signal %q, printed %q", option, out.Status, out.Signal, out.Stdout)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}
