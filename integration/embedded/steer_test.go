package embedded

import (
	"strings"
	"testing"

	"gorun/docs/schema"
)

// What is done to runs works as with a service manager.
func TestRunsAreListedFrozenAwaitedAndStopped(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("steer")
		out := p.sh(t, strings.ReplaceAll(`
			$G -b --unit=NAME sh -c 'exec sleep 606' </dev/null >/dev/null
			gorun --embedded --list | grep -c NAME.scope
			gorun --complete --embedded --stop NAME
			gorun --embedded --wait-for NAME & waits=$!
			gorun --embedded --stop NAME | grep -o stopped
			wait $waits; echo $?
			gorun --embedded --list | grep -c NAME.scope
			gorun --embedded --list --ended --json | grep -c '"unit": "NAME.scope"' | grep -v '^0'
			gorun --embedded --stop NAME | grep -o ended`, "NAME", name))
		lines := strings.Fields(out.stdout)
		if len(lines) != 7 || strings.Join(append(lines[:5:5], lines[6]), " ") != "1 "+name+".scope stopped 143 0 ended" {
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

// The caller gets its signal last, so that it can say what it did, or is killed with the others.
func TestRunIsStoppedFromWithin(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("within")
		out := p.sh(t, strings.ReplaceAll(`
			$G --unit=NAME --stop-timeout=200ms sh -c 'trap "" TERM; sleep 610 & gorun --embedded --stop NAME; echo still here' 2>/dev/null; echo $?
			$G --unit=NAME true; echo $?`, "NAME", name))
		if want := "137\n0\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
		if p.name != "in a container" {
			p.nothingRuns(t, "sleep 610")
			p.nothingRuns(t, "gorun --embedded --stop "+name)
		}
	})
}

// Whoever has stopped a run finds its record, and which runs had to be killed.
func TestStoppedRunHasItsRecord(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("stopped")
		out := p.sh(t, strings.ReplaceAll(`
			$G -b --unit=NAME sh -c 'exec sleep 611' </dev/null >/dev/null 2>&1
			gorun --embedded --stop NAME && gorun --embedded --status NAME | grep -o 'state.*'
			$G -b --unit=NAME --stop-timeout=200ms sh -c 'trap "" TERM; while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1; sleep 0.1
			gorun --embedded --stop NAME`, "NAME", name))
		if want := strings.ReplaceAll("NAME.scope: stopped\nstate       ended\nNAME.scope: ", "NAME", name); !strings.HasPrefix(out.stdout, want) || !strings.Contains(out.stdout, "killed") {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
	})
}

func TestJSONFitsItsSchema(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("schema")
		p.ok(t, "$G -b --unit="+name+" sleep 612 </dev/null >/dev/null 2>&1")
		for _, x := range []struct{ schema, option string }{
			{"runs", "--list"}, {"runs", "--status " + name}, {"doctor", "--doctor"}, {"actions", "--stop " + name},
			{"runs", "--list --ended"}, {"runs", "--status " + name}, {"clean", "--clean --dry-run"},
		} {
			embedded := "--embedded "
			if x.option == "--doctor" {
				embedded = ""
			}
			out := p.sh(t, "gorun "+embedded+"--json "+x.option)
			if err := schema.Check(x.schema, out.stdout); err != nil {
				t.Errorf("%s: %v", x.option, err)
			}
		}
	})
}
