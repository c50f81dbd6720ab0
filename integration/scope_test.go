package integration

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scopeOf matches the /proc/PID/cgroup of a command under gorun.
func scopeOf(parent, command string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^0::` + regexp.QuoteMeta(parent) + `/gorun-` + regexp.QuoteMeta(command) + `-[0-9a-f]{16}\.scope$`)
}

const aliceSlice = "/user.slice/user-1000.slice/user@1000.service/app.slice"

func TestCommandRunsInAScopeOfItsOwn(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, parent := range map[string]string{"alice": aliceSlice, "root": "/system.slice"} {
			if got := g.login(t, user).ok("gorun cat /proc/self/cgroup"); !scopeOf(parent, "cat").MatchString(got) {
				t.Errorf("%s: the command ran in %q", user, got)
			}
		}
	})
}

func TestFiveHundredRunsInARowAreAllInTheirScopes(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, c := range map[string]struct{ parent, systemctl string }{
			"alice": {aliceSlice, "systemctl --user"},
			"root":  {"/system.slice", "systemctl"},
		} {
			s := g.login(t, user)
			runs := g.often(500)
			out := s.ok(fmt.Sprintf("for i in $(seq %d); do gorun cat /proc/self/cgroup || echo failed; done", runs))
			if n := len(scopeOf(c.parent, "cat").FindAllString(out, -1)); n != runs || strings.Contains(out, "failed") {
				t.Errorf("%s: %d of %d were inside", user, n, runs)
			}
			s.nothingLeft(c.systemctl)
		}
	})
}

func TestTimeLimitEndsTheRunAndSaysSo(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		begun := time.Now()
		out := s.run("gorun --runtime-max=3s --runtime-randomized-extra=1s sleep 60")
		took := time.Since(begun)
		if out.Status != 124 || took < 3*time.Second || took > 30*time.Second { // a busy machine is slow
			t.Errorf("status %d after %v", out.Status, took)
		}
		want := regexp.MustCompile(`^gorun: warning: gorun-sleep-[0-9a-f]{16}\.scope: time limit of 3s [^\n]*reached\n$`)
		if !want.MatchString(out.Stderr) || out.Stdout != "" {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestTimeLimitReachedBeforeTheStartIsReportedAsUsual(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`for i in $(seq 20); do gorun --unit=short --runtime-max=1ms sleep 60; echo $?; done 2>&1 | sort | uniq -c | tr -s ' '`)
		if out.Stdout != " 20 124\n 20 gorun: warning: short.scope: time limit of 1ms reached\n" {
			t.Errorf("printed %q", out.Stdout)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestCommandThatIgnoresTheTimeLimitIsKilled(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`bash -c 'gorun --runtime-max=3s --stop-timeout=1s sh -c "trap : TERM; while :; do sleep 1; done"; echo $?'`)
		if strings.TrimSpace(out.Stdout) != "137" {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestStopOnRequestIsReportedAndSentOnce(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --unit=job python3 -c '
import os, signal, time
got = []
signal.signal(signal.SIGTERM, lambda *_: (got.append(1), print("term", flush=True)))
os.system("systemctl --user stop --no-block job.scope")
while not got: time.sleep(0.1)
end = time.monotonic() + 1 # until then a second one would have come
while time.monotonic() < end: time.sleep(0.1)
os._exit(7)'`)
		if out.Status != 7 || out.Stdout != "term\n" || out.Stderr != "gorun: warning: job.scope: stopped on request\n" {
			t.Errorf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestPropertiesReachTheManager(t *testing.T) {
	// show is a command that shows its own scope's properties.
	const show = `sh -c 'systemctl --user show "$(basename "$(tail -n1 /proc/self/cgroup)")" -p "$0"'`
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for options, want := range map[string]string{
			"":                    "OOMPolicy=continue",
			"--oom-policy=kill":   "OOMPolicy=kill",
			"-p OOMPolicy=stop":   "OOMPolicy=stop",
			"--runtime-max=2h30m": "RuntimeMaxUSec=2h 30min",
			"--timeout=90":        "RuntimeMaxUSec=1min 30s",
			"--runtime-max=1h --runtime-randomized-extra=5min": "RuntimeRandomizedExtraUSec=5min",
			"--stop-timeout=3s":    "TimeoutStopUSec=3s",
			"--description='a  b'": "Description=a  b",
			"-q ":                  "Documentation=\"man:gorun(1)\"",
			"--collect=false":      "CollectMode=inactive",
			"-v 2>/dev/null":       "CollectMode=inactive-or-failed",
			"--slice=build":        "Slice=build.slice",
			"-p 'Documentation=https://example.org/a'": "Documentation=\"man:gorun(1)\" https://example.org/a",
			// A container may have no such controllers.
			"-q --best-effort -p MemoryMax=100M": "MemoryMax=104857600",
			"-q --best-effort -p CPUWeight=50":   "CPUWeight=50",
			"--stop-signal=INT":                  "KillSignal=2",
		} {
			name, _, _ := strings.Cut(want, "=")
			if got := s.ok("gorun " + options + " " + show + " " + name); got != want {
				t.Errorf("%q: the manager says %q, want %q", options, got, want)
			}
		}
		if got := s.ok("gorun --unit='my job' cat /proc/self/cgroup"); !strings.HasSuffix(got, `/app.slice/my\x20job.scope`) {
			t.Errorf("the unit is %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestBadInputStartsNothing(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const jobs = "systemctl --user show -p NInstalledJobs"
		before := s.ok(jobs)
		for options, want := range map[string]string{
			"-p Nope=1":                       "-p Nope=1: unknown property of scopes",
			"--runtime-max=2x":                "--runtime-max=2x: not a time span",
			"--runtime-max=0":                 "--runtime-max=0: must not be 0",
			"--runtime-max=0min":              "--runtime-max=0min: must not be 0",
			"-p RuntimeMaxSec=0":              "-p RuntimeMaxSec=0: must not be 0",
			"--unit=":                         "--unit=: the value is empty",
			"--unit=init":                     "--unit=init: reserved for the manager",
			"--slice=a--b":                    "--slice=a--b: dashes separate",
			"-p RuntimeMaxSec=abc":            "-p RuntimeMaxSec=abc: not a time span",
			"--unit=x.service":                "--unit=x.service: a scope must have a name that ends in .scope",
			"--unit=a@b":                      "--unit=a@b: a scope cannot be an instance",
			"--runtime-randomized-extra=5s":   "--runtime-randomized-extra=5s: needs a time limit",
			"-p RuntimeRandomizedExtraSec=5s": "-p RuntimeRandomizedExtraSec=5s: needs a time limit",
			"--oom-policy=maybe":              "--oom-policy=maybe: must be one of continue, stop, kill",
			"--slice=x.scope":                 "--slice=x.scope: a slice must have a name that ends in .slice",
			"--nope":                          "--nope: unknown option",
		} {
			out := s.run("gorun " + options + " touch /tmp/ran")
			line, rest, _ := strings.Cut(out.Stderr, "\n")
			if out.Status != 125 || !strings.HasPrefix(line, "gorun: error: ") || !strings.Contains(line, want) || rest != "" {
				t.Errorf("%q: status %d, printed %q", options, out.Status, out.Stderr)
			}
		}
		out := s.run("gorun --quiet")
		if out.Status != 125 || strings.Count(out.Stderr, "\n") != 3 || !strings.HasPrefix(out.Stderr, "usage: gorun ") {
			t.Errorf("no command: status %d, printed %q", out.Status, out.Stderr)
		}
		if after := s.ok(jobs); after != before {
			t.Errorf("the manager had jobs: %s, then %s", before, after)
		}
		if out := s.run("test -e /tmp/ran"); out.Status == 0 {
			t.Error("a command was run")
		}
	})
}

func TestExistingUnitIsAnErrorAndIsNotTouched(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run("gorun --unit=twice gorun --unit=twice touch /tmp/ran-twice")
		if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: start twice.scope: the unit exists already\ngorun: hint: ") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if out := s.run("test -e /tmp/ran-twice"); out.Status == 0 {
			t.Error("the command was run")
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestFailedConditionDoesNotRunTheCommandOutside(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("mkdir -p /etc/systemd/user/cond.scope.d; printf '[Unit]\\nConditionPathExists=/nonexistent\\n' >/etc/systemd/user/cond.scope.d/x.conf")
		s.ok("systemctl --user daemon-reload")
		defer func() {
			root.ok("rm -r /etc/systemd/user/cond.scope.d")
			s.ok("systemctl --user daemon-reload")
		}()
		out := s.run("gorun --unit=cond touch /tmp/ran-cond")
		if out.Status != 125 || !strings.Contains(out.Stderr, "the process is still in /user.slice/") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if out := s.run("test -e /tmp/ran-cond"); out.Status == 0 {
			t.Error("the command was run")
		}
	})
}

func TestWithoutManagerThereIsAHint(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		out := g.login(t, "root").run("runuser -u bob -- gorun --linger=no touch /tmp/ran-bob")
		if out.Status != 125 || !strings.HasPrefix(out.Stderr, "gorun: error: connect to the user manager: ") ||
			!strings.Contains(out.Stderr, "\ngorun: hint: no user manager of yours answers") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
	})
}

func TestSystemManagerRefusesAnOrdinaryUser(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		out := g.login(t, "alice").run("gorun --system true")
		if out.Status != 125 || !strings.Contains(out.Stderr, ": refused: ") || !strings.Contains(out.Stderr, "\ngorun: hint: ") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
	})
}

func TestGorunExitsWithTheCommandsStatus(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, exec := range []string{"", "--exec "} {
			for command, want := range map[string]int{
				"true": 0, "sh -c 'exit 7'": 7, "sh -c 'exit 255'": 255, "nosuch": 127, "/nonexistent/x": 127, "/etc/passwd": 126,
			} {
				if out := s.run("gorun " + exec + command); out.Status != want {
					t.Errorf("%s%s: status %d, want %d; printed %q", exec, command, out.Status, want, out.Stderr)
				}
			}
			// A shell shows 143 also for a command that exits with it.
			if got := s.ok("python3 -c 'import subprocess, sys; print(subprocess.call(sys.argv[1:]))' gorun " + exec + "sh -c 'kill -TERM $$'"); got != "-15" {
				t.Errorf("%sdeath by TERM is %s", exec, got)
			}
		}
	})
}

func TestTermToTheSupervisorEndsTheCommand(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(`gorun sh -c 'echo $$ >/tmp/pid; exec sleep 60' & gorun=$!
			until [ -s /tmp/pid ]; do :; done
			kill $gorun; wait $gorun; test $? = 143 && ! kill -0 "$(cat /tmp/pid)" 2>/dev/null && rm /tmp/pid`)
		s.nothingLeft("systemctl --user")
	})
}

func TestExecReplacesGorun(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		got := g.login(t, "alice").ok(`sh -c 'echo $$; exec gorun --exec sh -c "echo \$\$; cat /proc/self/cgroup"'`)
		first, rest, _ := strings.Cut(got, "\n")
		second, group, _ := strings.Cut(rest, "\n")
		if first != second || !scopeOf(aliceSlice, "sh").MatchString(group) {
			t.Errorf("printed %q", got)
		}
	})
}

func TestEnvironmentDescribesTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		got := s.ok(`export MEMORY_PRESSURE_WATCH=/x SYSTEMD_EXEC_PID=1 INVOCATION_ID=old
			env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS gorun sh -c '
				echo "$INVOCATION_ID"
				systemctl --user show --value -p InvocationID "$(basename "$(tail -n1 /proc/self/cgroup)")"
				echo "$XDG_RUNTIME_DIR $DBUS_SESSION_BUS_ADDRESS $MEMORY_PRESSURE_WATCH$SYSTEMD_EXEC_PID"'`)
		lines := strings.Split(got, "\n")
		if len(lines) != 3 || len(lines[0]) != 32 || lines[0] != lines[1] ||
			lines[2] != "/run/user/1000 unix:path=/run/user/1000/bus" {
			t.Errorf("printed %q", got)
		}
	})
}

func TestVerboseNamesUnitAndInvocation(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		out := g.login(t, "alice").run(`gorun -v --unit=shown sh -c 'echo $INVOCATION_ID'`)
		want := fmt.Sprintf("gorun: running as unit shown.scope; invocation ID %s", out.Stdout)
		if out.Status != 0 || out.Stderr != want {
			t.Errorf("printed %q, want %q", out.Stderr, want)
		}
	})
}

// writesOn counts the writes on a connection until it is closed. After that another file
// may have the number.
func writesOn(fd, trace string) int {
	n := 0
	for line := range strings.Lines(trace) {
		switch {
		case strings.Contains(line, "close("+fd+")"):
			return n
		case regexp.MustCompile(`(write|sendmsg|sendto)\(` + fd + `,`).MatchString(line):
			n++
		}
	}
	return n
}

// The trace has a line for each system call of gorun up to the command's first.
func TestLaunchNeedsOneConnectionAndOneWrite(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("loginctl enable-linger alice") // otherwise gorun also checks the lease
		defer root.ok("loginctl disable-linger alice")
		trace := s.ok(`cd /tmp && strace -f -s 4096 -o trace -e trace=connect,write,sendmsg,sendto,close,execve gorun true; cat trace; rm trace`)
		if n := strings.Count(trace, "connect("); n != 1 || !strings.Contains(trace, `sun_path="/run/user/1000/systemd/private"`) {
			t.Errorf("%d connections:\n%s", n, trace)
		}
		if sent := regexp.MustCompile(`(write|sendmsg|sendto)\((\d+), "\\0AUTH EXTERNAL.*StartTransientUnit`).FindStringSubmatch(trace); sent == nil {
			t.Errorf("the request did not leave with the handshake:\n%s", trace)
		} else if n := writesOn(sent[2], trace[strings.Index(trace, "connect("):]); n != 1 {
			t.Errorf("%d writes to the manager:\n%s", n, trace)
		}
		// While the command runs, no socket stays open, and gorun has no more threads
		// than it needs.
		threads := s.ok(`gorun sh -c 'while ls -l /proc/$PPID/fd 2>/dev/null | grep -q socket: ; do sleep 0.05; done; ls /proc/$PPID/task | wc -l' </dev/null`)
		if n, err := strconv.Atoi(threads); err != nil || n > 12 { // those that are reserved, and those of the runtime
			t.Errorf("%s threads", threads)
		}
	})
}
