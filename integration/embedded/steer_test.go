package embedded

import (
	"strings"
	"testing"
)

// What is done to runs works as with a service manager.
func TestRunsAreListedFrozenAwaitedAndStopped(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("steer")
		out := p.sh(t, strings.ReplaceAll(`
			$G -b --unit=NAME sh -c 'exec sleep 606' </dev/null >/dev/null
			gorun --embedded --list | grep -c NAME.scope
			gorun --embedded --wait-for NAME & waits=$!
			gorun --embedded --stop NAME | grep -o stopped
			wait $waits; echo $?
			gorun --embedded --list | grep -c NAME.scope
			gorun --embedded --list --ended --json | grep -c '"unit": "NAME.scope"' | grep -v '^0'
			gorun --embedded --stop NAME | grep -o ended`, "NAME", name))
		lines := strings.Fields(out.stdout)
		if len(lines) != 6 || strings.Join(append(lines[:4:4], lines[5]), " ") != "1 stopped 143 0 ended" {
			t.Errorf("printed %q: %s", out.stdout, out.stderr)
		}
		p.nothingRuns(t, "sleep 606")
	})
}

func TestFrozenRun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("frozen")
		out := p.sh(t, strings.ReplaceAll(`
			$G -b --unit=NAME sh -c 'exec sleep 607' </dev/null >/dev/null
			gorun --embedded --freeze NAME; echo $?
			gorun --embedded --stop NAME >/dev/null; echo $?
			gorun --embedded --wait-for NAME`, "NAME", name))
		switch {
		case p.grouped && out.stdout != name+".scope: frozen\n0\n0\n":
			t.Errorf("printed %q: %s", out.stdout, out.stderr)
		case !p.grouped && (!strings.Contains(out.stdout, "1\n0\n") || !strings.Contains(out.stderr, "the run has no cgroup")):
			t.Errorf("without a cgroup: printed %q: %s", out.stdout, out.stderr)
		}
	})
}
