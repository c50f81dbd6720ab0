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
		// The manager tells journald nothing about runs of units with long names.
		name := strings.Repeat("x", 249)
		for _, run := range []string{"one", "two"} {
			s.ok("gorun -b --unit=" + name + " --log-to=journal sh -c 'echo " + run + "; sleep 0.1' | cat")
			s.waitFor(run, "gorun --log "+name+" 2>/dev/null | grep -oE ': (one|two)$' | cut -c3-; true")
			s.waitFor("", "systemctl --user list-units --no-legend "+name+".scope")
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
		defer root.restoreJournal()
		defer s.ok("rm -f .local/state/gorun/lost*")
		s.ok("gorun true")
		for i, setting := range []string{"Storage=volatile", "Storage=none", "MaxLevelStore=warning"} {
			root.ok("mkdir -p $(dirname " + journaldConf + "); printf '[Journal]\n" + setting + "\n' >" + journaldConf + "; systemctl restart systemd-journald")
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
			// Without a place in the home directory there is one in memory.
			const here, inMemory = "chmod 500 .local/state/gorun; ", "chmod 500 $XDG_RUNTIME_DIR/gorun; "
			s.ok(here + "gorun --unit=" + unit + " true; chmod 700 .local/state/gorun; gorun --status " + unit + " | grep -q 'exited with status 0'")
			out := s.run(here + inMemory + "gorun --unit=" + unit + " sh -c 'exit 4'; status=$?; chmod 700 .local/state/gorun $XDG_RUNTIME_DIR/gorun; exit $status")
			if out.Status != 4 || !strings.Contains(out.Stderr, unit+".scope: how it ended cannot be found again: ") {
				t.Errorf("%s: without a place for the record: status %d, printed %q", setting, out.Status, out.Stderr)
			}
			s.ok("gorun --unit=" + unit + " true; for f in .local/state/gorun/" + unit + ".scope.user.*.record; do echo '{}' >$f; done")
			if out := s.run("gorun --status " + unit); out.Status != 1 || !strings.Contains(out.Stderr, "gorun: error: /home/alice/.local/state/gorun/"+unit+".scope.user.") || !strings.Contains(out.Stderr, ".record is no record, and can be deleted: ") {
				t.Errorf("%s: with a broken record: status %d, printed %q and %q", setting, out.Status, out.Stdout, out.Stderr)
			}
			s.run("gorun -b --unit=" + unit + " echo said; until gorun --status " + unit + " | grep -q exited; do sleep 0.1; done; for f in .local/state/gorun/" + unit + ".scope.user.*.record; do echo '{}' >$f; done")
			if out := s.run("gorun --log " + unit); out.Status != 0 || out.Stdout != "said\n" {
				t.Errorf("%s: the log beside a broken record: status %d, printed %q and %q", setting, out.Status, out.Stdout, out.Stderr)
			}
			// A broken record of an earlier run says nothing about the one that runs.
			out = s.run(awaits + "rm -f /tmp/gate; mkfifo /tmp/gate; gorun -q -b --unit=" + unit + " sh -c 'read x </tmp/gate; exit 3' >/dev/null 2>&1; gorun --wait-for " + unit + " & waiter=$!; awaits $waiter " + unit + ".scope; echo >/tmp/gate; wait $waiter")
			if out.Status != 3 || out.Stderr != "" {
				t.Errorf("%s: the wait beside a broken record: status %d, printed %q", setting, out.Status, out.Stderr)
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
	})
}

// Root has two managers, which may have runs of one name. journald finds no unit for the lines
// of a process that has ended before it reads them.
func TestLogOfOneManagerHasNoLinesOfTheOther(t *testing.T) {
	const user = "XDG_RUNTIME_DIR=/run/user/0 gorun --user "
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root := g.login(t, "root")
		defer root.ok("rm -f .local/state/gorun/both*")
		launch := func(place string) string {
			return user + "-b --unit=both --log-to=" + place + " echo of-user | cat; gorun --system -b --unit=both --log-to=" + strings.ReplaceAll(place, "user", "system") + " echo of-system | cat; "
		}
		root.ok("pid=$(systemctl show --value -p MainPID systemd-journald); kill -STOP $pid; trap 'kill -CONT $pid' EXIT; " + launch("journal") + "until ! pgrep -x gorun >/dev/null; do sleep 0.1; done")
		root.waitFor("2", "journalctl -q -o cat -t both.scope | wc -l")
		check := func(where string) {
			t.Helper()
			for manager, want := range map[string]string{"user": "of-user", "system": "of-system"} {
				for _, options := range []string{"", "--all-runs "} {
					if got := root.ok("XDG_RUNTIME_DIR=/run/user/0 gorun --log --" + manager + " " + options + "both | grep -oE '\\bof-[a-z]+$' | sort -u"); got != want {
						t.Errorf("%s: --%s %s: %q", where, manager, options, got)
					}
				}
			}
		}
		check("journal")
		root.ok(launch("file:/tmp/both-user"))
		root.awaitEnd("--system both", "ended - exited 0 -")
		root.awaitEnd("--user both", "ended - exited 0 -")
		check("file")
		root.run("gorun --system --unit=both sh -c 'exit 8'; " + user + "--unit=both true")
		root.awaitEnd("--system both", "ended - exited 8 -")
		root.awaitEnd("--user both", "ended - exited 0 -")
	})
}

// COMMAND exists and its interpreter does not; a limit is not in force. Both are found out when
// the scope has been started.
func TestLaunchThatFailedIsToldAsWhatItWas(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("printf '#!/nowhere/sh\n' >bad; chmod +x bad")
		defer s.ok("rm -f bad report .local/state/gorun/tried*")
		for _, place := range []string{"journal", "file:/tmp/tried"} {
			for _, c := range []struct {
				launch, why string
				status      int
			}{
				{"./bad", "./bad: no such file or directory", 127},
				{"-p IOWeight=500 true", "the io controller", 125},
			} {
				s.ok("gorun -b --unit=tried --log-to=" + place + " echo said | cat")
				s.awaitEnd("tried", "ended - exited 0 -")
				out := s.run("gorun --report-json=report --unit=tried " + c.launch)
				if out.Status != c.status || !strings.Contains(out.Stderr, c.why) {
					t.Errorf("%s: status %d, printed %q", c.launch, out.Status, out.Stderr)
				}
				s.awaitEnd("tried", "ended - not-started - -")
				if got := s.ok("gorun --status tried"); !strings.Contains(got, "not-started: COMMAND could not be started: ") || !strings.Contains(got, c.why) {
					t.Errorf("%s: the status is %q", c.launch, got)
				}
				if out := s.run("gorun --log tried"); out.Status != 4 || out.Stdout != "" || !strings.Contains(out.Stderr, "tried.scope: no output: COMMAND could not be started: ") || !strings.Contains(out.Stderr, c.why) {
					t.Errorf("%s: the log: status %d, printed %q and %q", c.launch, out.Status, out.Stdout, out.Stderr)
				}
				if got := s.ok("gorun --log --all-runs tried | grep -c 'said$'; grep -c '\"outcome\": \"not-started\"' report"); !strings.HasSuffix(got, "\n1") || got[0] == '0' {
					t.Errorf("%s: all runs, and the report: %q", c.launch, got)
				}
			}
		}
	})
}

// journald may be late: then the log is empty, and not the run's before.
func TestLogOfARunThatJournaldHasNotSeenIsNotTheOneBefore(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		pid := root.ok("systemctl show --value -p MainPID systemd-journald")
		s.ok("gorun -b --unit=late --log-to=journal echo before | cat")
		s.waitFor("1", "gorun --log late | grep -c 'before$'; true")
		s.awaitEnd("late", "ended - exited 0 -")
		root.ok("kill -STOP " + pid)
		out := s.run("gorun -b --unit=late --log-to=journal sh -c 'echo after; sleep 1000'; gorun --log late")
		root.ok("kill -CONT " + pid)
		if out.Status != 4 || out.Stdout != "late.scope\n" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.waitFor("after", "gorun --log late 2>/dev/null | grep -oE '(before|after)$'; true")
		s.ok("systemctl --user stop late.scope")
	})
}

// The manager logs a start that it skips as one that was done.
func TestSkippedStartIsNoRun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b --unit=unmet --log-to=journal sh -c 'echo said; exit 7' | cat")
		s.awaitEnd("unmet", "ended - exited 7 -")
		s.ok("mkdir -p .config/systemd/user/unmet.scope.d; printf '[Unit]\nConditionPathExists=/nowhere\n' >.config/systemd/user/unmet.scope.d/c.conf; systemctl --user daemon-reload")
		defer s.ok("rm -r .config/systemd/user/unmet.scope.d; systemctl --user daemon-reload")
		if out := s.run("gorun --unit=unmet true"); out.Status != 125 {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		s.waitFor("1", "journalctl --user -q -o cat USER_UNIT=unmet.scope | grep -cE 'skipped|unmet condition'; true")
		s.awaitEnd("unmet", "ended - exited 7 -")
		if got := s.ok("gorun --log unmet | grep -cE 'said$|skipped'"); got != "1" {
			t.Errorf("the log has %s lines of the two runs", got)
		}
	})
}

// Who reads the file after a launch that failed must not find an earlier run's report.
func TestReportOfALaunchThatFailedSaysSo(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		defer s.ok("rm -f report; systemctl --user stop taken.scope; until ! pgrep -x gorun; do sleep 0.1; done >/dev/null")
		s.ok("gorun -b --unit=taken sleep 1000 | cat")
		for launch, want := range map[string]struct {
			status int
			why    string
		}{
			"--nice=99 true":       {125, "--nice=99: "},
			"nowhere":              {127, "nowhere: no such file or directory"},
			"--unit=taken true":    {125, "taken.scope"},
			"-b --unit=taken true": {125, "taken.scope"},
			"-p MemoryMax=x true":  {125, "MemoryMax"},
			"--log-to=file:/nowhere/a -b true </dev/null 2>&1 | cat; true": {0, "no such file"},
		} {
			s.ok("gorun --report-json=report true && grep -q '\"outcome\": \"exited\"' report")
			if out := s.run("gorun --report-json=report " + launch); out.Status != want.status {
				t.Errorf("%s: status %d, printed %q", launch, out.Status, out.Stderr)
			}
			if got := s.ok("grep -E '\"(outcome|error|exit_code)\"' report"); !strings.Contains(got, `"outcome": "not-started",`) || !strings.Contains(got, want.why) || !strings.Contains(got, `"exit_code": null`) {
				t.Errorf("%s: the report has %s", launch, got)
			}
		}
	})
}

// The file system of the output and of the records has no room.
func TestFullDiskOfTheRecordsIsToldInTheStatus(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		s.ok("mkdir -p .local/state/gorun")
		root.ok("mount -t tmpfs -o size=64k,mode=700,uid=$(id -u alice) small /home/alice/.local/state/gorun")
		// The unit that gives the lingering back may still use it.
		defer root.ok("umount -l /home/alice/.local/state/gorun")
		defer root.restoreJournal()
		for _, storage := range []string{"persistent", "volatile"} {
			root.storeJournal(storage)
			s.ok("gorun -b --unit=full --log-to=file:.local/state/gorun/out sh -c 'yes; exit 3' 2>&1 | cat")
			s.waitFor("1", "gorun --status full | grep -c 'the end of the output may be missing'; true")
			s.awaitEnd("full", "ended - exited 3 -")
			s.waitFor("", "pgrep -x gorun || true") // it has the file open
			s.ok("rm .local/state/gorun/out")
		}
	})
}

func TestNameThatCannotBePrintedIsAnError(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, to := range []string{">/dev/full", ">&-"} {
			if out := s.run("gorun -b --unit=unseen touch /tmp/unseen " + to); out.Status != 1 || !strings.HasPrefix(out.Stderr, "gorun: error: COMMAND runs as unseen.scope, but that name cannot be printed: ") {
				t.Errorf("%s: status %d, printed %q", to, out.Status, out.Stderr)
			}
			s.ok("until rm /tmp/unseen 2>/dev/null; do sleep 0.1; done")
			s.waitFor("", "pgrep -x gorun || true")
		}
	})
}

// A terminal must not get what a file has, also through tail(1).
func TestFurtherArgumentsDoNotUncoverControlCharacters(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b --unit=painted --log-to=file:/tmp/painted sh -c 'echo one; printf \"\\033[31mred\\n\"' | cat")
		s.awaitEnd("painted", "ended - exited 0 -")
		for options, want := range map[string]string{"": `\x1b[31mred`, "--raw ": "\x1b[31mred"} {
			if got := s.ok("gorun --log " + options + "painted -- -n1"); got != want {
				t.Errorf("%s: %q", options, got)
			}
		}
		if out := s.run("gorun --log painted -- --no-such-option"); out.Status != 1 || !strings.Contains(out.Stderr, "no-such-option") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		// What comes is shown at once.
		s.ok("timeout -s TERM 100 sh -c 'gorun --log painted -- -f >/tmp/shown & echo $! >/tmp/pid; until grep -qs red /tmp/shown; do sleep 0.1; done; echo more >>/tmp/painted; until grep -q more /tmp/shown; do sleep 0.1; done; kill $(cat /tmp/pid)' || exit; rm -f /tmp/painted /tmp/shown /tmp/pid")
		s.waitFor("", "pgrep -x tail || true")
	})
}
