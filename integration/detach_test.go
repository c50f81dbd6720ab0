package integration

import (
	"strings"
	"testing"
)

// onTerminal runs a script on a new terminal, and returns the terminal's output.
func (s *session) onTerminal(script string) string {
	s.t.Helper()
	p, err := s.StartOnTerminal(script)
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := p.Wait(s.t.Context())
	if err != nil || out.Status != 0 {
		s.t.Fatalf("%s: %v, status %d, printed %q", script, err, out.Status, out.Stdout)
	}
	return strings.TrimSpace(strings.ReplaceAll(out.Stdout, "\r", ""))
}

// output is a script that prints a run's output from the journal.
func output(unit string) string {
	return "journalctl --user -q -o cat -t " + unit
}

func TestDetachReturnsWhenTheCommandRuns(t *testing.T) {
	essential(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		// With a pipe the shell would wait for its end.
		unit := s.ok("rm -f /tmp/go-on; mkfifo /tmp/go-on; echo $(gorun -b sh -c 'echo begun; read line </tmp/go-on; echo $line; echo end >&2')")
		if !strings.HasPrefix(unit, "gorun-sh-") {
			t.Fatalf("printed %q", unit)
		}
		s.ok("systemctl --user is-active -q " + unit)
		s.waitFor("begun", output(unit))
		got := s.ok(`pid=$(head -n1 /sys/fs/cgroup/$(systemctl --user show --value -p ControlGroup ` + unit + `)/cgroup.procs)
			ps -o tty=,comm= -p $pid; test $(ps -o sid= -p $pid) = $pid && echo leads; readlink /proc/$pid/fd/0; ls /proc/$pid/fd | wc -w`)
		t.Log(got)
		if lines := strings.Split(got, "\n"); strings.Join(strings.Fields(lines[0]), " ") != "? gorun" || lines[1] != "leads" {
			t.Errorf("the supervisor: %q", got)
		}
		s.ok("echo well >/tmp/go-on")
		s.waitFor("begun\nwell\nend", output(unit))
		s.nothingLeft("systemctl --user")
	})
}

func TestDetachReportsErrorsAndTheirStatus(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("install -m 644 /dev/null /tmp/not-executable; printf '#!/nowhere\\n' >/tmp/no-interpreter; chmod 755 /tmp/no-interpreter")
		for script, want := range map[string]struct {
			status int
			stderr string
		}{
			"gorun -b /tmp/not-executable":                      {126, "gorun: error: /tmp/not-executable: permission denied\n"},
			"gorun -b nowhere-to-be-found":                      {127, "gorun: error: nowhere-to-be-found: no such file or directory\n"},
			"gorun -b /tmp/no-interpreter":                      {127, "gorun: error: /tmp/no-interpreter: no such file or directory\n"},
			"gorun -b -p MemoryMax=x true":                      {125, "gorun: error: -p MemoryMax=x: "},
			"gorun -b --unit=x.service true":                    {125, "gorun: error: --unit=x.service: "},
			"gorun -b -p TasksMax=1 true":                       {125, "gorun: error: "},
			"gorun -b --log-to=file:/nowhere/x true </dev/null": {125, "gorun: error: --log-to=file:/nowhere/x: no such file or directory\n"},
		} {
			out := s.run(script)
			if out.Status != want.status || !strings.HasPrefix(out.Stderr, want.stderr) || out.Stdout != "" {
				t.Errorf("%s: got %+v", script, out)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestDetachedCommandInheritsSignalsDescriptorsAndLimits(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, script := range []string{
			"trap '' HUP; exec G sh -c 'grep -E ^Sig[BI] /proc/self/status; env | grep GORUN'",
			"trap '' HUP USR1 PIPE; exec env --block-signal=USR2,TERM G sh -c 'grep -E ^Sig[BI] /proc/self/status'",
			"trap '' HUP; exec G sh -c 'ls /proc/self/fd' <&-",
			"trap '' HUP; exec G ls /proc/self/fd 3</dev/null 7</dev/null",
			"trap '' HUP; exec G sh -c 'ulimit -a; umask; nice; pwd; cat'</etc/hostname",
		} {
			bare := s.run("(" + strings.ReplaceAll(script, " G ", " ") + ") >/tmp/bare 2>&1; cat /tmp/bare")
			got := s.run("rm -f /tmp/detached; (" + strings.ReplaceAll(script, " G ", " gorun -b --unit=alike ") + ") >/tmp/detached 2>&1; while systemctl --user -q is-active alike.scope; do :; done; grep -v alike.scope /tmp/detached")
			if got.Stdout != bare.Stdout {
				t.Errorf("%s: got %q, without gorun %q", script, got.Stdout, bare.Stdout)
			}
		}
	})
}

// journald's socket may exist without a listener.
func TestOutputGoesToAFileIfJournaldDoesNotListen(t *testing.T) {
	const socket = "/run/systemd/journal/stdout"
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		root.ok("mv " + socket + " " + socket + ".away; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"" + socket + "\")'; chmod 666 " + socket)
		defer root.ok("mv -f " + socket + ".away " + socket)
		if out := s.run("gorun -b --unit=deaf echo hello"); out.Stdout != "deaf.scope\n" || !strings.Contains(out.Stderr, "/deaf.scope.log") {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.waitFor("hello", "gorun --log deaf")
		out := s.run("gorun -b --log-to=journal touch /tmp/ran-deaf; test -e /tmp/ran-deaf")
		if out.Status != 1 || out.Stderr != "gorun: error: --log-to=journal: no journal is listening\n" {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		s.ok("rm -f ~/.local/state/gorun/deaf.scope.log")
	})
}

func TestLogToWithoutTerminalOutputIsWarnedOf(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		out := g.login(t, "alice").run("gorun --nohup --log-to=file:/nonexistent/log echo hello | cat")
		const want = "gorun: warning: --log-to=file:/nonexistent/log: standard output and standard error are no terminals, and stay where they are\n"
		if out.Stdout != "hello\n" || out.Stderr != want {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
	})
}

// gorun does not see that COMMAND's writes fail, only that the disk is full at the end.
func TestFullDiskIsReportedInTheRecord(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		root.ok("mkdir /tmp/small; mount -t tmpfs -o size=64k,mode=1777 small /tmp/small")
		defer root.ok("umount /tmp/small; rmdir /tmp/small")
		s.ok("gorun -b --unit=spills --log-to=file:/tmp/small/log sh -c 'head -c 100000 /dev/zero; exit 3'")
		const end = `gorun --status --json spills | grep -oE '"(outcome|exit_code|log|log_problem)": ("[^"]*"|[^,]*)'`
		s.waitFor(`"outcome": "exited"
"exit_code": 3
"log": "file:/tmp/small/log"
"log_problem": "the log's file system is full: the end of the output may be missing"`, end)
		if text := s.ok("gorun --status spills"); !strings.Contains(text, "output      file:/tmp/small/log\n              the log's file system is full") {
			t.Errorf("printed %q", text)
		}
		// The record comes before the supervisor's end.
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain spills.scope")
		s.ok("rm /tmp/small/log; gorun -b --unit=spills --log-to=file:/tmp/small/log echo")
		s.waitFor(`"outcome": "exited"
"exit_code": 0
"log": "file:/tmp/small/log"
"log_problem": null`, end)
		s.waitFor("", "systemctl --user list-units --all --no-legend --plain spills.scope")
		// The caller gets an error for the report that has no room, and COMMAND's status.
		out := s.run("cat /dev/zero >/tmp/small/zero; gorun --report-json=/tmp/small/report sh -c 'exit 3'")
		if out.Status != 3 || !strings.HasSuffix(out.Stderr, "gorun: error: --report-json=/tmp/small/report: no space left on device\n") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if got := s.ok("ls -A /tmp/small"); got != "log\nzero" {
			t.Errorf("the files left are %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

// The tmux server keeps running in the background after its client has ended.
func TestMultiplexerServerKeepsRunningWhenDetached(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		if got := s.onTerminal("gorun -b --unit=mux tmux -L detached new-session -d 'echo begun; exec cat'"); got != "mux.scope" {
			t.Errorf("printed %q", got)
		}
		s.waitFor("begun", "tmux -L detached capture-pane -p 2>/dev/null | grep begun || true")
		s.waitFor("0", `gorun --status --json mux | grep -c '"name": "gorun"' || true`) // gorun waits only for the client
		s.ok("tmux -L detached send-keys word Enter; systemctl --user -q is-active mux.scope")
		s.waitFor("2", "tmux -L detached capture-pane -p | grep -c word || true")
		s.ok("tmux -L detached kill-server")
		s.nothingLeft("systemctl --user")
	})
}

// interrupt signals a launch as ^C does while the manager does not answer, or kills the
// process that waits for the launch.
const interrupt = `
import os, signal, subprocess, time
manager = int(subprocess.check_output(["systemctl", "show", "--value", "-p", "MainPID", "user@%d" % os.getuid()]))
for delay, send, sig in (0, os.killpg, signal.SIGINT), (0.02, os.killpg, signal.SIGINT), (0.3, os.killpg, signal.SIGINT), (0.3, os.kill, signal.SIGKILL):
    os.kill(manager, signal.SIGSTOP)
    try:
        run = subprocess.Popen(["gorun", "-b", "--unit=interrupted", "touch", "/tmp/interrupted"], process_group=0)
        children = "/proc/%d/task/%d/children" % (run.pid, run.pid)
        while not (copy := open(children).read().strip()): pass
        time.sleep(delay)
        send(run.pid, sig)
        print(run.wait())
        while os.path.exists("/proc/" + copy): time.sleep(0.01)
    finally:
        os.kill(manager, signal.SIGCONT)
`

func TestInterruptedDetachedLaunchLeavesNothing(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		if out := s.run("python3 -c '" + interrupt + "'"); out.Stdout != "-2\n-2\n-2\n-9\n" || out.Stderr != "" {
			t.Errorf("printed %q and %q", out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
		s.ok("! test -e /tmp/interrupted")
	})
}
