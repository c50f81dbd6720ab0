package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMoveMovesOneProcess(t *testing.T) {
	g := realGroup(t)
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it was killed
	defer cmd.Process.Kill()
	if err := g.Move(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if got, err := PathOf(cmd.Process.Pid); err != nil || got != g.Path {
		t.Errorf("the process is in %s, %v, want %s", got, err, g.Path)
	}
	if own, err := PathOf(0); err != nil || own == g.Path {
		t.Errorf("this process is in %s, %v", own, err)
	}
}

func TestMoveWritesZeroForTheCaller(t *testing.T) {
	g := fake(t, map[string]string{"cgroup.procs": ""})
	if err := g.Move(0); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(g.Dir + "/cgroup.procs"); err != nil || string(data) != "0" {
		t.Errorf("wrote %q, %v", data, err)
	}
}

func TestMoveErrors(t *testing.T) {
	if err := (Group{Dir: t.TempDir() + "/none"}).Move(0); !errors.Is(err, ErrGone) {
		t.Errorf("missing group: got %v", err)
	}
	if err := realGroup(t).Move(1<<22 + 1); !errors.Is(err, unix.ESRCH) { // above PID_MAX_LIMIT
		t.Errorf("missing process: got %v", err)
	}
}
