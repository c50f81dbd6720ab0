package integration

import (
	"strings"
	"testing"
)

// A container has no pids controller if the host keeps it on cgroup v1.

func TestTasksMaxWithoutRoomForTheCommandIsAnError(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for range 10 {
			out := s.run("gorun -p TasksMax=3 touch /tmp/ran-tasks")
			error, hint, _ := strings.Cut(out.Stderr, "\n")
			if out.Status != 125 || !strings.Contains(error, "TasksMax") || hint != "gorun: hint: raise --tasks-max, or use --exec, which replaces gorun by COMMAND\n" {
				t.Fatalf("status %d, printed %q", out.Status, out.Stderr)
			}
		}
		if out := s.run("test -e /tmp/ran-tasks"); out.Status == 0 {
			t.Error("the command was run")
		}
		if got := s.ok("gorun --exec -p TasksMax=3 cat /proc/self/cgroup"); !scopeOf(aliceSlice, "cat").MatchString(got) {
			t.Errorf("with --exec the command ran in %q", got)
		}
		s.nothingLeft("systemctl --user")
	})
}

func TestGorunOutlivesAForkBomb(t *testing.T) {
	long(t)
	// The bomb forks until the limit, then ends with all its children.
	const bomb = `
import os, signal, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        n += 1
except OSError:
    pass
print(n, flush=True)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 5
while time.monotonic() < end:
    try:
        os.kill(os.getppid(), signal.SIGWINCH)
        if os.fork() == 0: os._exit(0)
    except OSError:
        pass
os.kill(0, signal.SIGTERM)
os._exit(9)`
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run("setsid -w gorun --tasks-max=50 python3 -c '" + bomb + "'")
		n := strings.TrimSpace(out.Stdout)
		if out.Status != 9 || !strings.HasSuffix(out.Stderr, " failed: the task limit of 50 was reached\n") || strings.Count(out.Stderr, "\n") != 1 || len(n) != 2 || n < "35" || n > "48" {
			t.Errorf("status %d, signal %q, printed %q and %q", out.Status, out.Signal, out.Stdout, out.Stderr)
		}
		s.nothingLeft("systemctl --user")
	})
}
