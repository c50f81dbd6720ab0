package integration

import (
	"regexp"
	"strings"
	"testing"
)

// kid is a Python command that runs prepare, prints that it is ready, and waits.
func kid(prepare string) string {
	return `python3 -uc '
import os, signal, sys, time
` + prepare + `
print("ready")
end = time.monotonic() + 60
while time.monotonic() < end: time.sleep(0.05)'`
}

// onTerm makes a kid handle SIGTERM.
func onTerm(do string) string {
	return "signal.signal(signal.SIGTERM, lambda *_: " + do + ")"
}

func TestTimeLimitEndsTheRunWithStatus124(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		// The limit counts from the scope's start, and COMMAND has to prepare itself
		// before. gorun has to print its message before it is killed too.
		const limited = "gorun --unit=limited --runtime-max=3s --stop-timeout="
		const line = "gorun: warning: limited.scope: time limit of 3s reached\n"
		for _, c := range []struct {
			name, stop, command string
			status              int
		}{
			{"ends on TERM", "1min", "sleep 600", 124},
			{"exits on TERM", "1min", kid(onTerm("sys.exit(0)")), 124},
			{"ends on another signal", "1min", kid(onTerm("signal.raise_signal(signal.SIGHUP)")), 124},
			{"ignores TERM", "3s", kid(onTerm("None")), 137},
			{"the grandchild ignores TERM", "5s", "sh -c 'trap \"\" TERM; sleep 600 & trap - TERM; kill -0 $! && exec sleep 600'", 124},
		} {
			// Without a terminal the message is printed before gorun is killed too.
			out := s.run("sh -c '\"$@\"; exit $?' - " + limited + c.stop + " " + c.command)
			if stderr := strings.TrimSuffix(out.Stderr, "Killed\n"); out.Status != c.status || stderr != line {
				t.Errorf("%s: status %d, signal %q, printed %q", c.name, out.Status, out.Signal, out.Stderr)
			}
			s.waitFor("", "systemctl --user list-units --all --no-legend --plain limited.scope; pgrep -u alice -x sleep || true")
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestStopOnRequestIsDistinguishedFromASignal(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const said = "gorun: warning: asked.scope: stopped on request\n"
		for _, c := range []struct {
			name, prepare, end string
			status             int
			outcome, stderr    string
		}{
			{"systemctl stop", "", "systemctl --user stop asked.scope", 143, "stopped", said},
			{"systemctl stop, and COMMAND exits", onTerm("sys.exit(3)"), "systemctl --user stop asked.scope", 3, "stopped", said},
			{"kill", "", "pkill -u alice -x python3", 143, "signaled", ""},
			{"kill -9", "", "pkill -KILL -u alice -x python3", 137, "signaled", ""},
			{"systemctl kill", "", "systemctl --user kill asked.scope", 143, "signaled", ""},
		} {
			// bash says of a job that was killed that it was, when it happens to look.
			out := s.run(`exec 3>&2 2>/dev/null; rm -f /tmp/asked.*; : >/tmp/asked.out; gorun --unit=asked --report-json=/tmp/asked.json ` + kid(c.prepare) + ` >/tmp/asked.out 2>/tmp/asked.err & gorun=$!
				until grep -qs ready /tmp/asked.out; do sleep 0.05; done; sleep 1
				` + c.end + `; wait $gorun; s=$?; grep ^gorun: /tmp/asked.err >&3; exit $s`)
			if r := s.readReport("/tmp/asked.json"); out.Status != c.status || out.Stderr != c.stderr || r.Outcome != c.outcome {
				t.Errorf("%s: status %d, outcome %s, printed %q", c.name, out.Status, r.Outcome, out.Stderr)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

// gorun may learn of COMMAND's end before it sees the stop signal, and it may not know
// which signal that is.
func TestStopOnRequestIsReportedThoughCommandExitsAtOnce(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		got := s.ok(`mkdir -p ~/.config/systemd/user/gorun-sh-.scope.d; printf '[Scope]\nKillSignal=USR1\n' >~/.config/systemd/user/gorun-sh-.scope.d/kill.conf; systemctl --user daemon-reload
			for i in $(seq 20); do { gorun sh -c 'trap "exit 3" USR1 TERM; echo up; while :; do sleep 0.01; done' >/tmp/up.$i; echo $?; } 2>&1 | grep -v '^User defined' & done
			for i in $(seq 20); do until grep -qs up /tmp/up.$i; do sleep 0.05; done; done; sleep 1
			systemctl --user stop 'gorun-sh-*.scope'; wait; rm -r /tmp/up.* ~/.config/systemd/user/gorun-sh-.scope.d; systemctl --user daemon-reload`)
		count := map[string]int{}
		for _, line := range strings.Split(regexp.MustCompile("gorun-sh-[0-9a-f]+").ReplaceAllString(got, "x"), "\n") {
			count[line]++
		}
		if len(count) != 2 || count["3"] != 20 || count["gorun: warning: x.scope: stopped on request"] != 20 {
			t.Errorf("got %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}
