package integration

import (
	"fmt"
	"strings"
	"testing"
)

// The newest run is the one that began last, and not the one with the latest time.
func TestClockThatIsSetBackDoesNotHideTheNewestRun(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.restoreJournal()
		clock := root.ok("date +%s; cut -d. -f1 /proc/uptime")
		defer root.ok("set -- " + strings.ReplaceAll(clock, "\n", " ") + "; date -s @$(($1 + $(cut -d. -f1 /proc/uptime) - $2)) >/dev/null")
		defer s.ok("rm -f .local/state/gorun/back*")
		for _, c := range []struct{ storage, unit, place string }{
			{"persistent", "back-a", "journal"},
			{"persistent", "back-b", "file:/tmp/back-"},
			{"volatile", "back-c", "file:/tmp/back-"}, // alice cannot read it
		} {
			root.storeJournal(c.storage)
			launch := func(code int) {
				place := c.place
				if place != "journal" {
					place += fmt.Sprint(c.unit, code)
				}
				s.ok(fmt.Sprintf("gorun -b --unit=%s --log-to=%s sh -c 'echo said-%d; exit %d' | cat", c.unit, place, code, code))
				s.awaitEnd(c.unit, fmt.Sprintf("ended - exited %d -", code))
			}
			launch(1)
			for code := 2; code <= 3; code++ {
				root.ok("date -s '2 hours ago' >/dev/null")
				launch(code)
				if got := s.ok("gorun --log " + c.unit + " | grep -o 'said-.$'"); got != fmt.Sprint("said-", code) {
					t.Errorf("%s: the log has %q, want that of run %d", c.unit, got, code)
				}
			}
			if got := s.ok("gorun --status --all-runs " + c.unit + " | grep -oE 'exited with status [0-9]' | grep -o '[0-9]' | tr -d '\\n'"); got != "321" {
				t.Errorf("%s: the runs, newest first: %q", c.unit, got)
			}
		}
	})
}
