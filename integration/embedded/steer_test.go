package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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

// A process that has become another user's refuses signals, where the kernel cannot kill the cgroup.
func TestStopNamesAProcessThatRefusesSignals(t *testing.T) {
	t.Parallel()
	p := places()[1]
	asNobody(t)
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip(err)
	}
	program := p.ok(t, "pwd") + "/become-root" // in a directory that nobody else may enter
	data, err := os.ReadFile(setpriv)
	if err == nil {
		err = os.WriteFile(program, data, 0o755)
	}
	if err == nil {
		err = os.Chmod(program, 0o755|os.ModeSetuid)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(program)
	name := unique("refuses")
	pid, _ := strconv.Atoi(p.ok(t, strings.ReplaceAll(`
		$G -b --unit=NAME --stop-timeout=200ms sh -c 'echo $$ >NAME.pid; exec ./become-root --reuid=0 sleep 617' </dev/null >/dev/null 2>&1
		until grep -q sleep /proc/$(cat NAME.pid)/comm; do sleep 0.02; done; cat NAME.pid`, "NAME", name)))
	if pid == 0 {
		t.Fatal("the process has not begun")
	}
	defer unix.Kill(pid, unix.SIGKILL)
	out := p.sh(t, "gorun --embedded --stop "+name+"; exit $?")
	if want := fmt.Sprintf("process %d (sleep): operation not permitted", pid); out.status != 1 || !strings.Contains(out.stderr, want) || out.took > patience/4 {
		t.Errorf("status %d after %s, printed %q, want %q", out.status, out.took, out.stderr, want)
	}
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
