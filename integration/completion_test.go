package integration

import "testing"

// The names come from the manager's files. They are gone when the runs have ended.
func TestCompletionKnowsTheRuns(t *testing.T) {
	const names = "{ gorun --complete --status ''; gorun --complete -u wo; }"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		if got := alice.ok(names); got != "" {
			t.Errorf("without a run: %q", got)
		}
		alice.ok("for unit in build work; do gorun -b --unit=$unit sleep 600 >/dev/null; done; systemd-run --user --scope --unit=other sleep 600 >/dev/null 2>&1 &")
		alice.waitFor("active", "systemctl --user is-active other.scope || true")
		if got := alice.ok(names + " | cut -f1"); got != "build.scope\nwork.scope\nwork.scope" {
			t.Errorf("got %q", got)
		}
		alice.ok("systemctl --user stop build.scope work.scope other.scope")
		alice.waitFor("", names)
		alice.nothingLeft("systemctl --user")
	})
}
