package integration

import (
	"fmt"
	"strings"
	"testing"
)

// The outputs of some runs are in files, those of others in the journal. The records are in
// the journal, or one in a file for each run.
func TestAllRunsAreShownWhereverTheirOutputIs(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.restoreJournal()
		defer s.ok("rm -f .local/state/gorun/each* .local/state/gorun/filed*")
		launch := func(unit string, code int, place string) {
			s.ok(fmt.Sprintf("gorun -b --unit=%s --log-to=%s sh -c 'echo said-%d; exit %d' | cat", unit, place, code, code))
			s.awaitEnd(unit, fmt.Sprintf("ended - exited %d -", code))
		}
		check := func(unit, codes, log string) {
			t.Helper()
			if got := s.ok("gorun --status --all-runs " + unit + " | grep -oE 'exited with status [0-9]' | grep -o '[0-9]' | tr -d '\n'"); got != codes {
				t.Errorf("%s: the runs ended with %q, want %q", unit, got, codes)
			}
			if got := s.ok("gorun --log --all-runs " + unit + " | grep -oE '(^-- [^,]*|said-[0-9])$|^-- [^, ]*|gone'"); got != log {
				t.Errorf("%s: the log of all runs is %q, want %q", unit, got, log)
			}
		}
		launch("each", 1, "journal")
		launch("each", 2, "file:/tmp/each-2")
		launch("each", 3, "file:/tmp/each-3")
		launch("each", 4, "journal")
		s.ok("rm /tmp/each-3")
		check("each", "4321", "said-1\nsaid-4\n-- /tmp/each-2\nsaid-2\n-- /tmp/each-3\ngone")
		root.storeJournal("volatile")
		launch("filed", 1, "file:/tmp/each-1")
		launch("filed", 2, "file:/tmp/each-2")
		launch("filed", 3, "file:/tmp/each-2")
		check("filed", "321", "-- /tmp/each-1\nsaid-1\n-- /tmp/each-2\nsaid-3")
	})
}

// tail(1) shows files only.
func TestTailOfAllRunsSaysWhatItDoesNotShow(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for code, place := range []string{"journal", "file:/tmp/tailed-1", "file:/tmp/tailed-2", "file:/tmp/tailed-3"} {
			s.ok(fmt.Sprintf("gorun -b --unit=tailed --log-to=%s sh -c 'echo said-%d; exit %d' | cat", place, code, code))
			s.awaitEnd("tailed", fmt.Sprintf("ended - exited %d -", code))
		}
		s.ok("rm /tmp/tailed-2")
		const warning = "gorun: warning: tail does not show the output in the journal\n"
		out := s.run("gorun --log --all-runs tailed -- -n1 | sed 's/, output of the run of 2.* </ </'; gorun --log tailed -- -n1")
		if want := "==> /tmp/tailed-1 <==\nsaid-1\n\n==> /tmp/tailed-3 <==\nsaid-3\nsaid-3\n"; out.Status != 0 || out.Stdout != want || out.Stderr != warning+"gorun: warning: tailed.scope: its output went to /tmp/tailed-2, which is gone\n" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.ok("rm /tmp/tailed-1 /tmp/tailed-3")
		if out := s.run("gorun --log --all-runs tailed -- -n1"); out.Status != 1 || out.Stdout != "" || !strings.HasPrefix(out.Stderr, warning) ||
			!strings.HasSuffix(out.Stderr, "gorun: error: tailed.scope: its output went to /tmp/tailed-3, which is gone\n") || strings.Count(out.Stderr, "warning") != 3 {
			t.Errorf("without a file: status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
	})
}

// The journal says where the output of such a run is. The notes of the last hundred stay, because
// journald may be late.
func TestNotesOfRunsWithARecordInTheJournalDoNotPileUp(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		defer s.ok("rm -f /tmp/unnoted .local/state/gorun/*.newest")
		s.ok("rm -f .local/state/gorun/*.newest; gorun -b --log-to=file:/tmp/running sh -c 'echo said; exec sleep 1000' | cat >/tmp/running.name")
		s.ok("for i in $(seq 110); do gorun -b --log-to=file:/tmp/unnoted true | cat >/tmp/ended.name || exit; done")
		s.waitFor("1", "pgrep -xc gorun")
		s.ok("gorun -b --log-to=file:/tmp/unnoted echo said | cat >/tmp/ended.name")
		if got := s.ok("ls .local/state/gorun | grep -c newest$"); got != "102" {
			t.Errorf("there are %s notes, want those of 100 runs with a record, and of two that run", got)
		}
		if got := s.ok("gorun --log $(cat /tmp/running.name); until [ $(pgrep -xc gorun) = 1 ]; do sleep 0.1; done; gorun --log $(cat /tmp/ended.name)"); got != "said\nsaid" {
			t.Errorf("the logs are %q", got)
		}
		s.ok("systemctl --user stop $(cat /tmp/running.name); rm -f /tmp/running /tmp/running.name /tmp/ended.name")
	})
}

// cron and a login shell may keep their records in different directories.
func TestRunsOfCronAndOfALoginShellAreInOrder(t *testing.T) {
	const login = "XDG_STATE_HOME=/home/alice/state "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		defer root.restoreJournal()
		defer s.ok("rm -fr state .local/state/gorun/both*")
		root.storeJournal("volatile")
		s.ok("for i in 1 2 3 4 5; do " + login + "gorun --unit=other true; done")
		for i, variables := range []string{login, "", login, ""} {
			if out := s.run(fmt.Sprintf("%sgorun --unit=both sh -c 'exit %d'", variables, i+1)); out.Status != i+1 {
				t.Errorf("status %d, printed %q", out.Status, out.Stderr)
			}
		}
		for options, want := range map[string]string{login + "gorun --status --all-runs": "4321", login + "gorun --status": "4", "gorun --status --all-runs": "42"} {
			if got := s.ok(options + " both | grep -oE 'exited with status [0-9]' | grep -o '[0-9]' | tr -d '\n'"); got != want {
				t.Errorf("%s: %q, want %q", options, got, want)
			}
		}
	})
}
