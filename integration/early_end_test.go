package integration

import (
	"strings"
	"testing"
)

// Where logind hangs, a run that must survive logout is in its scope and COMMAND does not
// start. What ends the run then is said, as it is later.
func TestRunThatEndsBeforeTheCommandStartsSaysWhy(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		logind := root.ok("systemctl show --value -p MainPID systemd-logind")
		root.ok("kill -STOP " + logind)
		defer root.ok("kill -CONT " + logind)
		const begun = "until systemctl --user -q is-active early.scope; do sleep 0.1; done; "
		for _, c := range []struct {
			meanwhile, options string
			status             int
			said               string
		}{
			{":", "--runtime-max=1s", 124, "time limit of 1s reached before COMMAND could start"},
			{":", "--runtime-max=1s --own-slice", 124, "time limit of 1s reached before COMMAND could start"},
			{":", "--runtime-max=1s -q -b", 124, "time limit of 1s reached before COMMAND could start"},
			{":", "--runtime-max=1s --exec", 124, "time limit of 1s reached before COMMAND could start"},
			{begun + "systemctl --user stop early.scope", "--runtime-max=1h", 143, "stopped on request before COMMAND could start"},
			{begun + "pkill -x gorun", "--runtime-max=1h", 143, ""},
		} {
			s.ok(`echo '  "outcome": "before",' >/tmp/early.json`)
			report, outcome := "--report-json=/tmp/early.json ", "not-started"
			switch {
			case c.said == "":
				outcome = "before" // who is killed says nothing
			case strings.Contains(c.options, "--exec"):
				report, outcome = "", "before"
			}
			out := s.run("{ " + c.meanwhile + "; } & sh -c '\"$@\"; exit $?' - gorun --unit=early --must-survive " + report + c.options + " touch /tmp/ran-early; status=$?; wait; exit $status")
			want := ""
			if c.said != "" {
				want = "gorun: warning: early.scope: " + c.said + "\n"
			}
			if out.Status != c.status || strings.ReplaceAll(out.Stderr, "Terminated\n", "") != want || out.Stdout != "" {
				t.Errorf("%s %s: status %d, printed %q and %q", c.meanwhile, c.options, out.Status, out.Stdout, out.Stderr)
			}
			if got := s.ok(`sed -n 's/^ *"outcome": "\(.*\)",$/\1/p' /tmp/early.json`); got != outcome {
				t.Errorf("%s %s: the report says %q, want %q", c.meanwhile, c.options, got, outcome)
			}
			s.waitFor("", "systemctl --user list-units --all --no-legend early.scope")
		}
		s.ok("test ! -e /tmp/ran-early")
		s.nothingLeft("systemctl --user")
	})
}
