package integration

import (
	"strings"
	"testing"
)

func TestLogShowsTheNewestRunAsText(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, run := range []string{"one", "two", "three"} {
			s.ok("gorun -b --unit=built --log-to=journal sh -c 'echo $0; printf \"10%%\\r50%%\\rdone\\ncaf\\351\\t\\033[31mred\\n\"' " + run)
			s.waitFor("1", "gorun --log built -- -o cat -t built.scope 2>/dev/null | grep -cx "+run+"; true")
			s.waitFor("", "systemctl --user list-units --no-legend built.scope")
		}
		const text = `10%\r50%\rdone` + "\n" + `caf\xe9` + "\t" + `\x1b[31mred`
		s.waitFor("three\n"+text, "gorun --log built 2>/dev/null | sed -n 's/.*built.scope\\[[0-9]*\\]: //p' | grep -v exited")
		if got := s.ok("gorun --log --raw built | grep -c \"$(printf '10%%\\r50%%\\r')\""); got != "1" {
			t.Errorf("raw: %s", got)
		}
		if got := s.ok("gorun --log --all-runs built | grep -oE ': (one|two|three)$'"); got != ": one\n: two\n: three" {
			t.Errorf("all runs: %q", got)
		}
		if got := s.ok("gorun --status --all-runs built | grep -oE '^  command.* '; gorun --status built | grep -c '^  command'"); strings.Count(got, "command") != 3 || !strings.HasSuffix(got, "\n1") {
			t.Errorf("status: %q", got)
		}
		// journald splits lines of more than 48 KiB.
		s.ok("gorun -b --unit=long --log-to=journal python3 -c 'print(\"x\" * 100000 + \"END\")'")
		s.waitFor("100003", "gorun --log long 2>/dev/null | grep -o 'xx*END' | tr -d '\\n' | wc -c")
	})
}

func TestLogThatIsGoneIsAnError(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, path := range []string{"/tmp/gone.log", "/home/alice/.local/state/gorun/gone.scope.log"} {
			s.ok("gorun -b --unit=gone --log-to=file:" + path + " echo said")
			s.waitFor("said", "gorun --log gone 2>/dev/null || true")
			s.awaitEnd("gone", "ended - exited 0 -")
			s.ok("rm " + path)
			if out := s.run("gorun --log gone"); out.Status != 1 || out.Stdout != "" || !strings.HasSuffix(out.Stderr, "gone.scope: its output went to "+path+", which is gone\n") {
				t.Errorf("%s: status %d, printed %q and %q", path, out.Status, out.Stdout, out.Stderr)
			}
		}
		// The second run did not write to the first one's file.
		s.ok("gorun -b --unit=gone --log-to=file:/tmp/first.log echo first")
		s.waitFor("first", "gorun --log gone 2>/dev/null || true")
		s.ok("gorun -b --unit=gone --log-to=file:/home/alice/.local/state/gorun/gone.scope.log echo second")
		s.waitFor("second", "gorun --log gone 2>/dev/null || true")
		if got := s.ok("cat /tmp/first.log"); got != "first" {
			t.Errorf("the first run's file has %q", got)
		}
		s.ok("rm -f .local/state/gorun/gone*")
	})
}

// What cannot be printed is an error, also where the caller has closed standard output: Go
// opens /dev/null in its place.
func TestClosedOutputIsAnError(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for command, want := range map[string]int{
			"--report-json=- touch /tmp/ran-closed >&-":         125,
			"--report-json=/dev/fd/1 touch /tmp/ran-closed >&-": 125,
			"--doctor >&-":         1,
			"--audit --json >&-":   1,
			"--doctor >/dev/full":  1,
			"--version >/dev/full": 1,
		} {
			if out := s.run("gorun " + command); out.Status != want || !strings.HasPrefix(out.Stderr, "gorun: error: ") {
				t.Errorf("%s: status %d, printed %q", command, out.Status, out.Stderr)
			}
		}
		s.ok("test ! -e /tmp/ran-closed; gorun --report-json=/tmp/report true >&-; grep -q exited /tmp/report")
	})
}

// alice has a journal of earlier days, but what her runs write now is not in it.
func TestJournalThatCannotBeReadBackIsNotUsed(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		const conf = "/etc/systemd/journald.conf.d/zz-test.conf"
		defer root.ok("rm -f " + conf + "; systemctl reset-failed systemd-journald; systemctl restart systemd-journald; journalctl --flush")
		defer s.ok("rm -f .local/state/gorun/lost*")
		s.ok("gorun true")
		for i, setting := range []string{"Storage=volatile", "Storage=none", "MaxLevelStore=warning"} {
			root.ok("mkdir -p $(dirname " + conf + "); printf '[Journal]\n" + setting + "\n' >" + conf + "; systemctl restart systemd-journald")
			unit := "lost-" + string(rune('a'+i))
			if out := s.run("gorun -b --unit=" + unit + " sh -c 'echo said; exit 3'"); out.Status != 0 || !strings.Contains(out.Stderr, "the output goes to /home/alice/") {
				t.Errorf("%s: status %d, printed %q", setting, out.Status, out.Stderr)
			}
			s.waitFor("said", "gorun --log "+unit)
			s.awaitEnd(unit, "ended - exited 3 -")
			if got := s.ok("gorun --doctor | grep ' records '"); !strings.Contains(got, "cannot read the journal back") {
				t.Errorf("%s: doctor: %q", setting, got)
			}
			if strings.HasPrefix(setting, "MaxLevel") {
				continue // the journal has the records of runs that did not end well
			}
			// The record of a run does not outlive the next run's begin.
			s.ok("gorun --no-record --unit=" + unit + " true")
			if out := s.run("gorun --status " + unit); strings.Contains(out.Stdout, "exited") {
				t.Errorf("%s: after a run without a record: %q", setting, out.Stdout)
			}
			out := s.run("chmod 500 .local/state/gorun; gorun --unit=" + unit + " sh -c 'exit 4'; status=$?; chmod 700 .local/state/gorun; exit $status")
			if out.Status != 4 || !strings.Contains(out.Stderr, unit+".scope: how it ended cannot be found again: ") {
				t.Errorf("%s: without a place for the record: status %d, printed %q", setting, out.Status, out.Stderr)
			}
			s.ok("echo '{}' >.local/state/gorun/" + unit + ".scope.user.record")
			if out := s.run("gorun --status " + unit); out.Status != 1 || !strings.Contains(out.Stderr, "/home/alice/.local/state/gorun/"+unit+".scope.user.record is no record, and can be deleted: ") {
				t.Errorf("%s: with a broken record: status %d, printed %q and %q", setting, out.Status, out.Stdout, out.Stderr)
			}
			s.run("gorun -b --unit=" + unit + " echo said; until gorun --status " + unit + " | grep -q exited; do sleep 0.1; done; echo '{}' >.local/state/gorun/" + unit + ".scope.user.record")
			if out := s.run("gorun --log " + unit); out.Status != 0 || out.Stdout != "said\n" {
				t.Errorf("%s: the log beside a broken record: status %d, printed %q and %q", setting, out.Status, out.Stdout, out.Stderr)
			}
		}
	})
}

// A run whose output stays where it is leaves no file, and no link to one.
func TestOutputOfAnOlderRunIsNotTakenForTheNewestOnes(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, place := range []string{"--log-to=file:/tmp/older", ""} {
			s.ok("gorun -b --unit=older " + place + " echo said")
			s.waitFor("1", "gorun --log older | grep -c 'said$'; true")
			s.run("gorun --unit=older sh -c 'exit 9'")
			s.awaitEnd("older", "ended - exited 9 -")
			if out := s.run("gorun --log older"); strings.Contains(out.Stdout, "said") {
				t.Errorf("%q: %q", place, out.Stdout)
			}
		}
		// Two managers may have runs of one name.
		root := g.login(t, "root")
		root.ok("gorun --system --unit=both sh -c 'exit 8' || true; XDG_RUNTIME_DIR=/run/user/0 gorun --user --unit=both true")
		root.awaitEnd("--system both", "ended - exited 8 -")
		root.awaitEnd("--user both", "ended - exited 0 -")
	})
}
