package cgroup

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestRealMadeGroupIsRemovedWithThoseBelow(t *testing.T) {
	g := realGroup(t)
	made, err := g.Make("a.scope")
	if err != nil {
		t.Fatal(err)
	}
	if made.Path != g.Path+"/a.scope" || made.Dir != g.Dir+"/a.scope" {
		t.Errorf("made %+v below %+v", made, g)
	}
	if _, err := g.Make("a.scope"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made twice: %v, want ErrExist", err)
	}
	if _, err := made.Make("b"); err != nil {
		t.Fatal(err)
	}
	if err := made.Remove(); err != nil {
		t.Error(err)
	}
	if err := made.Remove(); err != nil {
		t.Error("removed twice:", err)
	}
	for _, name := range []string{"", ".", "..", "a/b"} {
		if _, err := g.Make(name); err == nil {
			t.Errorf("made a group named %q", name)
		}
	}
}

func TestRealGroupWithAProcessIsNotRemoved(t *testing.T) {
	g := realGroup(t)
	waiter(t, g)
	below := realSubgroup(t, g, "empty")
	if err := g.Remove(); !errors.Is(err, unix.EBUSY) {
		t.Errorf("got %v, want EBUSY", err)
	}
	if _, err := below.Events(); err != nil {
		t.Errorf("an empty group of a live run was removed: %v", err)
	}
}

func TestRealKillEndsAllProcesses(t *testing.T) {
	g := realGroup(t)
	sub := realSubgroup(t, g, "sub")
	for _, in := range []Group{g, sub} {
		spawned(t, in)
	}
	if err := g.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitEmpty(t, g)
}

func TestRealSignalReachesAllProcessesButTheCaller(t *testing.T) {
	g := realGroup(t)
	spawned(t, g)
	spawned(t, g)
	if err := g.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	awaitEmpty(t, g)
}

func TestSetOfAFileThatTheGroupLacks(t *testing.T) {
	g := realGroup(t)
	if err := g.Set("memory.nothing", "1"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
	if err := (Group{Dir: g.Dir + "-gone"}).Set("cgroup.procs", "1"); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

// A group with processes keeps its controllers. Which controllers version 2 has differs.
func TestRealGroupWithProcessesDoesNotShareControllers(t *testing.T) {
	g := realGroup(t)
	list, err := g.Controllers()
	if err != nil || len(list) == 0 {
		t.Skip("the test needs a controller of cgroup v2, and has", list, err)
	}
	sub := realSubgroup(t, g, "sub")
	if err := g.Enable(list[0]); err != nil {
		t.Fatal(err)
	}
	if enabled, err := g.Enabled(); err != nil || len(enabled) != 1 {
		t.Errorf("enabled: %v, %v, want %s", enabled, err, list[0])
	}
	waiter(t, sub)
	if err := sub.Enable(list[0]); !errors.Is(err, unix.EBUSY) {
		t.Errorf("enable where a process is: %v, want EBUSY", err)
	}
	if err := g.Enable("nothing"); err == nil {
		t.Error("enabled a controller that does not exist")
	}
}

// spawned starts sleep(1) in a group.
func spawned(t *testing.T, g Group) {
	t.Helper()
	cmd := exec.Command("sleep", "100")
	fd, err := unix.Open(g.Dir, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	cmd.SysProcAttr = &unix.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // in case the test failed
		cmd.Wait()         // it died of a signal
	})
}

// awaitEmpty fails if the group does not become empty.
func awaitEmpty(t *testing.T, g Group) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := g.WaitEmpty(ctx); err != nil {
		t.Error(err)
	}
}
