package run

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/scope"
)

func TestRunIsOverWhenItsProcessesHaveEnded(t *testing.T) {
	self, err := processIDOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, err := processIDOf(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	s := &scope.Scope{InvocationID: "now"}
	both := []processID{self, ended}
	for what, c := range map[string]struct {
		record processes
		over   bool
	}{
		"one lives":      {processes{"now", both}, false},
		"an earlier run": {processes{"then", []processID{{self.pid, 1}}}, false},
		"a reused PID":   {processes{"now", []processID{{self.pid, self.ticks + 1}}}, true},
		"nobody noted":   {processes{"now", nil}, false},
	} {
		if got := c.record.isOver(s); got != c.over {
			t.Errorf("%s: over is %t, want %t", what, got, c.over)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if (processes{"now", both}).isOver(s) || !(processes{"now", []processID{ended}}).isOver(s) {
		t.Error("with one of two processes alive the run is over, or with its only process ended it is not")
	}
}

// XDG_RUNTIME_DIR may name any directory of the caller's.
func TestHostileFilesInPlaceOfANoteAreNotRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "gorun"), 0o700); err != nil {
		t.Fatal(err)
	}
	for unit, plant := range map[string]func(file string) error{
		"fifo":   func(file string) error { return unix.Mkfifo(file, 0o600) },
		"link":   func(file string) error { return os.Symlink("/dev/zero", file) },
		"sparse": func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 1<<40)) },
	} {
		if err := plant(unitFile(dir, unit, "")); err != nil {
			t.Fatal(err)
		}
		if _, err := readNote(dir, unit); err == nil {
			t.Errorf("%s: no error", unit)
		}
		if err := writeNote(dir, unit, "new"); err != nil {
			t.Errorf("%s: %v", unit, err)
		}
		if data, err := readNote(dir, unit); err != nil || string(data) != "new" {
			t.Errorf("%s: %v, read %q", unit, err, data)
		}
	}
	if err := unix.Mkfifo(unitFile(dir, "fifo", ".lock"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := lockFile(unitFile(dir, "fifo", ".lock")); err == nil {
		f.Close()
		t.Error("a FIFO was taken for the lock")
	}
}

func FuzzParseProcesses(f *testing.F) {
	f.Add("5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3 1234:567890 1235:567893\n")
	f.Add("x 1:")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := parseProcesses(line)
		if err == nil && r.invocation == "" {
			t.Errorf("%q: no invocation", line)
		}
	})
}
