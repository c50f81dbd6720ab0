package embedded

import (
	"strings"
	"testing"
)

// gorun runs the commands itself, outside of the run: no stop of the run concerns them.
func TestHooksAreRunByGorun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		const hook = `--exec-stop-post='echo $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS' `
		for script, want := range map[string]output{
			"$G " + hook + "true":                              {stdout: "success exited 0\n"},
			"$G " + hook + "sh -c 'exit 6'":                    {stdout: "exit-code exited 6\n", status: 6},
			"$G " + hook + "--runtime-max=200ms sleep 608":     {stdout: "timeout killed TERM\n", status: 124},
			"$G " + hook + "sh -c 'kill -9 $$'":                {stdout: "signal killed KILL\n", status: 137},
			"$G " + hook + "/nothing":                          {stdout: "exit-code exited 127\n", status: 127},
			"$G --best-effort --on-success=x " + hook + "true": {stdout: "success exited 0\n"},
		} {
			if out := p.sh(t, "{ "+script+"; } 2>&1; exit $?"); out.status != want.status || !strings.Contains(out.stdout, want.stdout) {
				t.Errorf("%s: status %d, printed %q", script, out.status, out.stdout)
			}
		}
		out := p.sh(t, "$G --on-failure=x touch ran-hook; exit $?")
		if out.status != 125 || !strings.Contains(out.stderr, "--on-failure=x.service: no service manager runs here") {
			t.Errorf("a unit: status %d, printed %q", out.status, out.stderr)
		}
		p.ok(t, "test ! -e ran-hook")
	})
}

// Without a cgroup hooks descend from gorun as COMMAND does.
func TestTimeLimitIsNotForHooks(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		p.ok(t, `echo 'sleep 2; echo $SERVICE_RESULT' >late.sh`)
		out := p.sh(t, `$G --runtime-max=1s --exec-stop-post='sh late.sh' true 2>&1; echo $?`)
		if want := "success\n0\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
		out = p.sh(t, `$G --runtime-max=1s --exec-stop-post='sh late.sh' sh -c 'sleep 616 & true' 2>&1; echo $?`)
		if want := "success\n0\n"; out.stdout != want {
			t.Errorf("with a leftover process: printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
		if p.name != "in a container" { // its processes end with its first one
			p.nothingRuns(t, "sleep 616")
		}
	})
}

func TestOutputOfAQuietRunIsPrintedIfItFails(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := unique("chronic")
		out := p.sh(t, strings.ReplaceAll(`
			$G --chronic echo hidden; echo $?
			$G --chronic sh -c 'echo shown; exit 3'; echo $?
			$G --chronic --unit=NAME --runtime-max=1s sh -c 'echo meanwhile; exec sleep 609' & chronic=$!
			until gorun --embedded --log NAME 2>/dev/null | grep meanwhile; do sleep 0.05; done
			wait $chronic; echo $?`, "NAME", name))
		if want := "0\nshown\n3\nmeanwhile\nmeanwhile\n124\n"; out.stdout != want {
			t.Errorf("printed %q, want %q: %s", out.stdout, want, out.stderr)
		}
	})
}
