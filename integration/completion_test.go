package integration

import (
	"strings"
	"testing"
)

// The units come from files, too. A template needs an instance.
func TestCompletionKnowsTheUnitsForTheEnd(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			dir := map[string]string{"systemctl": "/run/systemd/system", "systemctl --user": "~/.config/systemd/user"}[systemctl]
			s.ok("mkdir -p " + dir + "; cd " + dir + "; touch zz-mail.service zz-mail@.service zz-all.target zz-x.slice zz-y.txt")
			for _, typed := range []string{"--on-success=zz-", "--on-failure=zz-"} {
				option, _, _ := strings.Cut(typed, "zz-")
				want := strings.Join([]string{option + "zz-all.target", option + "zz-mail.service", option + "zz-mail@"}, "\n")
				if got := s.ok("gorun --complete " + typed + " | cut -f1"); got != want {
					t.Errorf("%s: got %q, want %q", typed, got, want)
				}
			}
			s.ok("rm " + dir + "/zz-*")
		})
	})
}

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
