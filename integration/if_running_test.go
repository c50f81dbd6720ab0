package integration

import (
	"strconv"
	"strings"
	"testing"
)

// skipID is the MESSAGE_ID of the entry for a skipped run.
const skipID = "8c5b2f6a0d9e4f58a1f7c3bb62d4e917"

// both runs a test as alice with her manager, and as root with the system manager.
func both(t *testing.T, g *guest, test func(s *session, systemctl, journalctl string)) {
	test(g.login(t, "alice"), "systemctl --user", "journalctl --user")
	test(g.login(t, "root"), "systemctl", "journalctl")
}

func TestOnlyOneOfManyRunsWithSkipRuns(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, journalctl string) {
			// The run lasts until all others have ended.
			got := s.ok(`dir=$(mktemp -d); mkfifo $dir/end; touch $dir/status $dir/ran; for i in $(seq 50); do
				{ gorun --unit=once --if-running=skip sh -c "echo >>$dir/ran; read x <$dir/end" 2>>$dir/said; echo $? >>$dir/status; } & done
				until test "$(wc -l <$dir/status)" -ge 49; do sleep 0.1; done; timeout 100 sh -c "echo >$dir/end"; wait
				wc -l <$dir/ran; sort $dir/status | uniq -c; sort $dir/said | uniq -c`)
			if strings.Join(strings.Fields(got), " ") != "1 50 0" {
				t.Errorf("got %q", got)
			}
			s.waitFor("49", journalctl+" -q -o cat -u once.scope MESSAGE_ID="+skipID+" | wc -l")
			s.ok(journalctl + " --rotate --vacuum-time=1s -q 2>/dev/null; true")
			s.nothingLeft(systemctl)
		})
	})
}

func TestRunsWithWaitRunOneAfterTheOther(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			got := s.ok(`dir=$(mktemp -d); for i in $(seq 20); do
				gorun --unit=inturn --if-running=wait sh -c "mkdir $dir/running && sleep 0.1 && rmdir $dir/running && echo >>$dir/ran" & done; wait; wc -l <$dir/ran`)
			if got != "20" {
				t.Errorf("%s of 20 ran alone", got)
			}
			s.nothingLeft(systemctl)
		})
	})
}

func TestReplacementWaitsForTheOldOnesEnd(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			got := s.ok(`dir=$(mktemp -d); cd $dir; gorun -b --unit=replaced --log-to=null sh -c 'trap "sleep 0.5; echo old >>said; exit" TERM; echo >ready; while :; do sleep 0.05; done' >/dev/null
				until test -e ready; do sleep 0.05; done
				gorun --unit=replaced --if-running=replace sh -c 'echo new >>said'; cat said`)
			if got != "old\nnew" {
				t.Errorf("got %q", got)
			}
			// A run that ignores SIGTERM is killed after its stop timeout.
			s.ok(`cd $(mktemp -d); gorun -b --unit=replaced --stop-timeout=1 --log-to=null sh -c 'trap "" TERM; echo >ready; sleep 100' >/dev/null
				until test -e ready; do sleep 0.05; done
				gorun --unit=replaced --if-running=replace true`)
			s.nothingLeft(systemctl)
		})
	})
}

// Leftover processes of an ended command never make later runs skip silently.
func TestLeftoversAreAnErrorWithSkip(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			for _, exec := range []string{"", "--exec "} {
				s.ok("gorun " + exec + "--unit=left sh -c 'sleep 1000 >/dev/null 2>&1 & until grep -qsx sleep /proc/$!/comm; do :; done' </dev/null")
				out := s.run("gorun --unit=left --if-running=skip touch /tmp/ran-left")
				if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: left.scope: the run has ended, but its leftover processes keep the unit: sleep (process ") {
					t.Errorf("%sskip: got %+v", exec, out)
				}
				out = s.run("gorun --unit=left true")
				if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: start left.scope: the unit exists already\n") {
					t.Errorf("%sfail: got %+v", exec, out)
				}
				if got := s.ok("gorun --unit=left --if-running=replace echo ran"); got != "ran" {
					t.Errorf("%sreplace: got %q", exec, got)
				}
				s.ok("gorun " + exec + "--unit=left sh -c 'sleep 2 >/dev/null 2>&1 & true' </dev/null")
				if got := s.ok("gorun --unit=left --if-running=wait echo ran"); got != "ran" {
					t.Errorf("%swait: got %q", exec, got)
				}
			}
			s.ok("! test -e /tmp/ran-left")
			// COMMAND keeps running if the supervisor is killed, and counts as running.
			got := s.ok(`gorun -b --unit=left --log-to=null sleep 1000 >/dev/null; kill -9 $(pgrep -f '^gorun: left.scope'); gorun --unit=left --if-running=skip echo ran; ` + systemctl + ` stop left.scope`)
			if got != "" {
				t.Errorf("with a killed supervisor: printed %q", got)
			}
			s.nothingLeft(systemctl)
		})
	})
}

func TestIfRunningWithOtherFailedOrOwnUnits(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			run := strings.Replace(systemctl, "systemctl", "systemd-run", 1)
			s.run(run + " -q --scope --unit=notours sleep 1000 >/dev/null 2>&1 & until " + systemctl + " -q is-active notours.scope; do sleep 0.05; done")
			for _, mode := range []string{"skip", "wait", "replace"} {
				out := s.run("gorun --unit=notours --if-running=" + mode + " true")
				if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: start notours.scope: the unit exists already, and was not started by gorun\n") {
					t.Errorf("%s: got %+v", mode, out)
				}
			}
			s.ok(systemctl + " is-active -q notours.scope && " + systemctl + " stop notours.scope")
			// A failed unit that is kept is not running.
			s.run("gorun --unit=kept --collect=false --stop-timeout=1 --runtime-max=1 sh -c \"trap '' TERM; sleep 100\"")
			s.waitFor("failed", systemctl+" is-active kept.scope || true")
			if out := s.run("gorun --unit=kept true"); out.Status != 125 {
				t.Errorf("kept: got %+v", out)
			}
			if got := s.ok("gorun --unit=kept --if-running=skip echo ran"); got != "ran" {
				t.Errorf("kept: printed %q", got)
			}
			// A run must not wait for its own end.
			out := s.run("gorun --unit=inner gorun --unit=inner --if-running=wait true")
			if out.Status != 125 || !strings.Contains(out.Stderr, "wait for its own end") {
				t.Errorf("inner: got %+v", out)
			}
			s.nothingLeft(systemctl)
		})
	})
}

func TestSignalEndsTheWaitForARunAtOnce(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun -b --unit=waited --log-to=null sleep 1000 >/dev/null")
		got := s.ok(`bash -c 'gorun --unit=waited --if-running=wait touch /tmp/ran-waited & gorun=$!
			until ls -l /proc/$gorun/fd 2>/dev/null | grep -q waited.scope; do sleep 0.05; done; begun=$(date +%s%N); kill -TERM $gorun; wait $gorun; echo $?; echo $((($(date +%s%N) - begun) / 1000000))' 2>/dev/null`)
		lines := strings.Split(got, "\n")
		// Otherwise the wait would last as long as the other run.
		if ms, err := strconv.Atoi(lines[len(lines)-1]); err != nil || ms > 30000 || lines[0] != "143" {
			t.Errorf("got %q", got)
		}
		s.ok("systemctl --user stop waited.scope; ! test -e /tmp/ran-waited")
		s.nothingLeft("systemctl --user")
	})
}

// The longest name of a unit is as long as the longest name of a file.
func TestLongUnitNamesWorkAsShortOnes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, length := range []int{200, 239, 245, 250, 255} {
			unit := strings.Repeat("x", length-len(".scope"))
			for _, mode := range []string{"wait", "replace", "skip", "fail"} {
				if got := s.ok("gorun --if-running=" + mode + " --unit=" + unit + " sh -c 'tail -n1 /proc/self/cgroup; echo ${#INVOCATION_ID}'"); got != "0::"+aliceSlice+"/"+unit+".scope\n32" {
					t.Errorf("%d bytes, %s: printed %q", length, mode, got)
				}
			}
			got := s.ok(`rm -f /tmp/long; gorun -b --unit=` + unit + ` sh -c 'sleep 2; echo one >>/tmp/long' >/dev/null; gorun --if-running=wait --unit=` + unit + ` sh -c 'echo two >>/tmp/long'; cat /tmp/long`)
			if got != "one\ntwo" {
				t.Errorf("%d bytes, a run that waits: the runs wrote %q", length, got)
			}
			// Leftover processes of a run that has ended do not keep its name.
			s.ok("gorun --unit=" + unit + " sh -c 'sleep 600 >/dev/null 2>&1 </dev/null &'")
			if out := s.run("gorun --if-running=skip --unit=" + unit + " true"); out.Status != 125 || !strings.Contains(out.Stderr, "its leftover processes keep the unit") {
				t.Errorf("%d bytes, leftover processes: %+v", length, out)
			}
			s.ok("gorun --if-running=replace --unit=" + unit + " true")
			for i, to := range []string{"--log-to=journal", "--log-to=file:/tmp/long.txt", "--log-to=append:$HOME/.local/state/gorun/other", "--log-to=file:/tmp/long.txt", "--log-to=journal"} {
				s.ok("mkdir -p ~/.local/state/gorun; : $(gorun -b " + to + " --unit=" + unit + " printf '%s-%s\\n' hello " + strconv.Itoa(i) + ")")
				s.waitFor("found", "gorun --log "+unit+" 2>/dev/null | grep -q hello-"+strconv.Itoa(i)+" && echo found || true")
				s.waitFor("inactive", "systemctl --user show --value -p ActiveState "+unit+".scope")
			}
			s.waitFor("exit_code\":0", "gorun --status --json "+unit+" | tr -d ' \n' | grep -o 'exit_code\":[0-9]*' | tail -n1")
		}
		root, longest := g.login(t, "root"), strings.Repeat("x", 249)
		// The line of a process that has ended may be missing: see output.Matches.
		root.ok("mkfifo /tmp/long-go; : $(gorun -b --log-to=journal --unit=" + longest + " sh -c 'echo hello-root; read line </tmp/long-go')")
		root.waitFor("found", "gorun --log "+longest+" 2>/dev/null | grep -q hello-root && echo found || true")
		root.ok("echo >/tmp/long-go; rm /tmp/long-go")
		s.ok("rm -rf ~/.local/state/gorun/*.log ~/.local/state/gorun/other /tmp/long /tmp/long.txt")
		s.nothingLeft("systemctl --user")
	})
}
