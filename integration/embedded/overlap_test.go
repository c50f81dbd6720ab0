package embedded

import (
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
		if want := "fail 125\nskip 0\njoin 0\nwait\na c d "; out.stdout != want {
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
