package embedded

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// unique makes a name for a run.
func unique(stem string) string { return fmt.Sprintf("%s-%d", stem, time.Now().UnixNano()) }

func TestLeftoverProcesses(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, `$G --at-end=wait sh -c '(sleep 1; echo done) & echo first'`)
		if out.stdout != "first\ndone\n" || out.took < time.Second {
			t.Errorf("--at-end=wait printed %q: %s", out.stdout, out.stderr)
		}
		p.ok(t, `$G --at-end=stop sh -c 'sleep 601 & sleep 601 & true'`)
		p.nothingRuns(t, "sleep 601")
		if out := p.sh(t, `$G sh -c 'sleep 602 & echo $! >left'; left=$(cat left); kill $left || exit; while kill -0 $left 2>/dev/null; do sleep 0.05; done; $G true`); out.status != 0 {
			t.Errorf("a leftover process did not live: %q", out.stderr)
		}
	})
}

// restless is a program that forks and ends all the time, so that no list of processes has it
// for long.
const restless = `cat >restless <<'E'
#!/bin/sh
sleep 0.05
[ -e enough ] || ./restless &
E
chmod +x restless; `

// The time limit of leftover processes is held when gorun has gone.
func TestTimeLimitHoldsForLeftoverProcesses(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, "rm -f enough; "+restless+`$G --runtime-max=1s --stop-timeout=1s sh -c './restless & sleep 603 & exit 5'; exit $?`)
		if out.status != 5 {
			t.Errorf("status %d: %s", out.status, out.stderr)
		}
		if p.name == "in a container" {
			return // its processes end with its first one
		}
		p.nothingRuns(t, "sleep 603")
		p.nothingRuns(t, "/bin/sh ./restless")
		p.sh(t, "touch enough") // in case the test failed
	})
}

func TestKilledSupervisorLeavesTheCommand(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("orphan")
		out := p.sh(t, strings.ReplaceAll(`
			$G --unit=NAME sh -c 'echo $$ >NAME.pid; exec sleep 604' & gorun=$!
			until [ -s NAME.pid ]; do sleep 0.02; done; pid=$(cat NAME.pid)
			# gorun notes COMMAND a moment after its start
			until gorun --embedded --status --json NAME 2>/dev/null | grep -q '"pid": '$pid; do sleep 0.02; done; sleep 0.2
			kill -9 $gorun; wait $gorun
			kill -0 $pid && echo lives
			gorun --embedded --status NAME | grep -o unsupervised | head -1
			group=$(sed -n s/^0:://p /proc/$pid/cgroup)
			kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.02; done
			$G true
			find /sys/fs/cgroup -name "${group##*/}" -name "*.scope" 2>/dev/null
			gorun --embedded --status NAME >/dev/null 2>&1; echo $?`, "NAME", name))
		if want := "lives\nunsupervised\n4\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
	})
}

func TestManyRunsLeaveNothing(t *testing.T) {
	n := 100
	if thorough() {
		n = 500
	}
	p, name := places()[0], unique("many")
	p.ok(t, fmt.Sprintf(`i=0; while [ $i -lt %d ]; do i=$((i+1)); $G --no-record --unit=%s-$i true & done; wait`, n, name))
	if left := p.ok(t, "find /sys/fs/cgroup /run/gorun /tmp/gorun-$(id -u) -name '"+name+"*' 2>/dev/null || true"); left != "" {
		t.Errorf("left: %s", left)
	}
}
