package embedded

import (
	"fmt"
	"strings"
	"testing"
)

func TestRunsOfANameFindEachOther(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("overlap")
		// The first run lasts until the file NAME.go is there.
		out := p.sh(t, strings.ReplaceAll(`
			$G --unit=NAME sh -c 'echo a >>NAME.log; until [ -e NAME.go ]; do sleep 0.05; done' &
			until [ -s NAME.log ]; do sleep 0.02; done
			$G --unit=NAME true; echo fail $?
			$G --unit=NAME --if-running=skip sh -c 'echo b >>NAME.log'; echo skip $?
			$G --unit=NAME --if-running=join sh -c 'echo c >>NAME.log'; echo join $?
			$G --unit=NAME --if-running=wait sh -c 'echo d >>NAME.log' & sleep 0.2; touch NAME.go; wait; echo wait
			tr '\n' ' ' <NAME.log`, "NAME", name))
		want := "fail 125\nskip 0\njoin 0\nwait\na c d "
		if !p.grouped { // COMMAND would be no process of the first run
			want = "fail 125\nskip 0\njoin 125\nwait\na d "
		}
		if out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
		if !strings.Contains(out.stderr, "the unit exists already") {
			t.Errorf("printed %q", out.stderr)
		}
	})
}

func TestRunIsReplaced(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("replace")
		out := p.sh(t, strings.ReplaceAll(`
			$G --unit=NAME sh -c 'trap "echo stopped; exit 3" TERM; echo >NAME.log; while :; do sleep 0.05; done' & first=$!
			until [ -s NAME.log ]; do sleep 0.02; done
			$G --unit=NAME --if-running=replace echo second; echo $?; wait $first; echo $?`, "NAME", name))
		lines := strings.Fields(out.stdout) // the first run ends beside the second
		if len(lines) != 4 || lines[0] != "stopped" || !strings.Contains(out.stdout, "second\n0\n3\n") || !strings.Contains(out.stderr, "stopped on request") {
			t.Errorf("printed %q: %s", out.stdout, out.stderr)
		}
	})
}

func TestDetachedRun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("detached")
		out := p.sh(t, strings.ReplaceAll(`
			$G -b --unit=NAME sh -c 'echo out; until [ -e NAME.go ]; do sleep 0.05; done; echo late; exit 6' </dev/null 2>&1 | cat
			gorun --embedded --status NAME | grep -c active
			touch NAME.go
			until gorun --embedded --status --json NAME | grep -q '"exit_code": 6'; do sleep 0.05; done
			gorun --embedded --log NAME`, "NAME", name))
		if want := name + ".scope\n1\nout\nlate\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
	})
}

// A run that joins has no other time limit, and is stopped no other way, than it would have alone.
func TestRunOfAnotherConductIsNotJoined(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		if !p.grouped {
			t.Skip("no run can be joined here")
		}
		name := unique("conduct")
		out := p.sh(t, strings.ReplaceAll(`
			$G --unit=NAME --runtime-max=1h --stop-signal=INT sh -c 'echo >NAME.log; until [ -e NAME.go ]; do sleep 0.05; done' &
			until [ -s NAME.log ]; do sleep 0.02; done
			for o in --runtime-max=1h --runtime-max=2h --runtime-max=30min --stop-signal=INT --stop-signal=TERM --stop-timeout=5s; do
				$G --unit=NAME --if-running=join $o true; echo $o $?
			done; touch NAME.go; wait`, "NAME", name))
		want := "--runtime-max=1h 0\n--runtime-max=2h 125\n--runtime-max=30min 125\n--stop-signal=INT 0\n--stop-signal=TERM 125\n--stop-timeout=5s 125\n"
		if out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
	})
}

// Limits are compared where they are: in cgroups of version 2 or 1.
func TestRunOfOtherLimitsIsNotJoined(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		for option, other := range map[string]string{"--tasks-max=30": "--tasks-max=40", "--memory-max=64M": "--memory-max=65M", "-pCPUQuota=50%": "-pCPUQuota=60%"} {
			name := unique("limits")
			if out := p.sh(t, "$G "+option+" true; exit $?"); out.status == 125 && strings.Contains(out.stderr, "not in force") {
				continue // no such controller that may be written to
			}
			out := p.sh(t, strings.NewReplacer("NAME", name, "LIMIT", option, "OTHER", other).Replace(`
				$G --unit=NAME LIMIT sh -c 'echo >NAME.log; until [ -e NAME.go ]; do sleep 0.05; done' &
				until [ -s NAME.log ]; do sleep 0.02; done
				$G --unit=NAME --if-running=join LIMIT true; echo $?
				$G --unit=NAME --if-running=join OTHER true; echo $?
				touch NAME.go; wait`))
			if out.stdout != "0\n125\n" {
				t.Errorf("%s: printed %q: %s", option, out.stdout, out.stderr)
			}
		}
	})
}

// The name is free when the first run's supervisor has run the hooks. Who waits for that sleeps.
func TestWaitForHooksOfAnotherRun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("hooked")
		out := p.sh(t, strings.ReplaceAll(`
			echo 'echo >NAME.log; until [ -e NAME.go ]; do sleep 0.05; done' >NAME.sh
			$G --unit=NAME --exec-stop-post='sh NAME.sh' true &
			until [ -s NAME.log ]; do sleep 0.02; done
			$G --unit=NAME --if-running=wait echo second & second=$!
			sleep 2; cut -d' ' -f14,15 /proc/$second/stat; touch NAME.go; wait`, "NAME", name))
		var user, system int
		if n, _ := fmt.Sscanf(out.stdout, "%d %d", &user, &system); n != 2 || user+system > 50 || !strings.HasSuffix(out.stdout, "\nsecond\n") {
			t.Errorf("printed %q, with the CPU time in hundredths of a second: %s", out.stdout, out.stderr)
		}
	})
}

// Only the processes that the run has started are its own.
func TestProcessesFromBeforeTheRunAreLeftAlone(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, `sh -c 'sleep 614 & echo $! >before; exec gorun --embedded -q --runtime-max=200ms --at-end=stop sh -c "sleep 615"'; echo $?
			kill $(cat before) && echo lived`)
		if want := "124\nlived\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
		p.nothingRuns(t, "sleep 615")
	})
}

// A cgroup with processes may be a run's of which this environment knows nothing.
func TestCgroupWithProcessesKeepsItsName(t *testing.T) {
	p := places()[0]
	if !p.grouped {
		t.Skip("the test needs a cgroup v2 that may be written to")
	}
	name := unique("unknown")
	out := p.sh(t, strings.ReplaceAll(`
		$G --unit=NAME sh -c 'echo >NAME.log; until [ -e NAME.go ]; do sleep 0.05; done' & first=$!
		until [ -s NAME.log ]; do sleep 0.02; done
		find /run/gorun $XDG_RUNTIME_DIR/gorun /tmp/gorun-* -name NAME.scope.run -exec rm {} + 2>/dev/null
		$G --unit=NAME true; echo fail $?
		$G --unit=NAME --if-running=wait echo second & sleep 0.5; touch NAME.go; wait`, "NAME", name))
	if want := "fail 125\nsecond\n"; out.stdout != want {
		t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
	}
}

func TestRunDoesNotWaitForItself(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("itself")
		out := p.sh(t, `$G --unit=`+name+` sh -c '$G --unit=`+name+` --if-running=wait true; echo $?'`)
		if out.stdout != "125\n" || !strings.Contains(out.stderr, "would wait for its own end") {
			t.Errorf("printed %q: %s", out.stdout, out.stderr)
		}
	})
}
