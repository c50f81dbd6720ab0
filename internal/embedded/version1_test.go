package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// legacyRun is a run that only has a group of cgroup v1.
func legacyRun(t *testing.T) *record {
	t.Helper()
	root := legacyRoots()["pids"]
	if root == "" || unix.Access(root, unix.W_OK) != nil {
		t.Skip("the test needs root and a pids controller of cgroup v1")
	}
	unit := fmt.Sprintf("gorun-legacy-%d.scope", os.Getpid())
	r := &record{Unit: unit, Legacy: map[string]string{"pids": filepath.Join(root, unit)}}
	if err := os.Mkdir(r.Legacy["pids"], 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.removeLegacy(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// The limits do not hold for a command that another thread forks, and nobody else would notice.
func TestCommandOfAnotherThreadIsNotInTheRun(t *testing.T) {
	r := legacyRun(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, err := r.enterLegacy()
	if err != nil {
		t.Fatal(err)
	}
	inside, outside := exec.Command("sleep", "600"), exec.Command("sleep", "600")
	err = inside.Start()
	if err == nil {
		forked := make(chan error)
		go func() { forked <- outside.Start() }()
		err = <-forked
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := thread.check(inside.Process.Pid); err != nil {
		t.Error(err)
	}
	if thread.check(outside.Process.Pid) == nil {
		t.Error("a process outside of the run was taken for one of it")
	}
	if err := thread.leave(); err != nil {
		t.Error(err)
	}
	for _, cmd := range []*exec.Cmd{inside, outside} {
		cmd.Process.Kill()
		cmd.Wait() // it was killed
	}
}

// A process that was moved into the groups of version 1 can be moved back to where it was.
func TestMoveIntoVersion1IsUndone(t *testing.T) {
	r := &Run{record: *legacyRun(t)}
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it was killed
	})
	name := strconv.Itoa(cmd.Process.Pid)
	before := legacyRootsOf(name)["pids"]
	back, err := r.MoveLegacy(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if at := legacyRootsOf(name)["pids"]; at != r.record.Legacy["pids"] {
		t.Errorf("the process is in %s", at)
	}
	back()
	if at := legacyRootsOf(name)["pids"]; at != before {
		t.Errorf("the process is in %s, and was in %s", at, before)
	}
}
