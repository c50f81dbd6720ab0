package cgroup

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// realGroup makes a group below the test's own group, and removes it at the end. It
// skips the test where that is not possible.
func realGroup(t *testing.T) Group {
	t.Helper()
	own, err := Of(0)
	if errors.Is(err, ErrNoV2) || errors.Is(err, ErrOutside) {
		t.Skip("the test's own group needs a mounted cgroup v2:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(own.Dir, "gorun-test-")
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EROFS) {
		t.Skip("the test's own group needs root and a writable cgroup v2:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAtEnd(t, dir) })
	return Group{Dir: dir, Path: path.Join(own.Path, filepath.Base(dir))}
}

// realSubgroup makes a group in g and removes it at the end.
func realSubgroup(t *testing.T, g Group, name string) Group {
	t.Helper()
	sub := Group{Dir: g.Dir + "/" + name, Path: g.Path + "/" + name}
	if err := os.Mkdir(sub.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAtEnd(t, sub.Dir) })
	return sub
}

// remove removes a group that the test may have removed already.
func removeAtEnd(t *testing.T, dir string) {
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error("the group was not removed:", err)
	}
}

// waiter starts a process that lives until the end of the test, in g.
func waiter(t *testing.T, g Group) *exec.Cmd {
	t.Helper()
	cmd := helper("wait")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error("helper:", err)
		}
	})
	move(t, cmd.Process.Pid, g)
	return cmd
}

// move moves a process into g.
func move(t *testing.T, pid int, g Group) {
	t.Helper()
	if err := os.WriteFile(g.Dir+"/cgroup.procs", []byte(strconv.Itoa(pid)), 0); err != nil {
		t.Fatal(err)
	}
}

func TestRealGroupOfAProcess(t *testing.T) {
	g := realGroup(t)
	cmd := waiter(t, g)
	if got, err := Of(cmd.Process.Pid); err != nil || got != g {
		t.Errorf("Of: got %+v, %v, want %+v", got, err, g)
	}
	if got, err := At(g.Path); err != nil || got != g {
		t.Errorf("At: got %+v, %v, want %+v", got, err, g)
	}
	if got, err := PathOf(cmd.Process.Pid); err != nil || got != g.Path {
		t.Errorf("PathOf: got %s, %v, want %s", got, err, g.Path)
	}
}

func TestRealReadStatsFollowTheGroup(t *testing.T) {
	g := realGroup(t)
	empty, err := g.ReadStats()
	if err != nil {
		t.Fatal(err)
	}
	if empty.Events == nil || empty.Events.Populated || empty.CPUStat == nil || empty.CPUStat.Usage != 0 {
		t.Errorf("new group: %+v, %+v, want no process and no time used", empty.Events, empty.CPUStat)
	}
	pid := waiter(t, realSubgroup(t, g, "sub")).Process.Pid
	full, err := g.ReadStats()
	if err != nil {
		t.Fatal(err)
	}
	if !full.Events.Populated {
		t.Errorf("group with a process: %+v, want populated", full.Events)
	}
	if pids, err := g.Processes(); err != nil || !slices.Equal(pids, []int{pid}) {
		t.Errorf("got the processes %v, %v, want [%d]", pids, err, pid)
	}
}

func TestRealCPUStatCountsTimeUsed(t *testing.T) {
	g := realGroup(t)
	cmd := helper("wait") // its start takes some CPU time; it ends at once
	fd, err := unix.Open(g.Dir, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	cmd.SysProcAttr = &unix.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	stat, err := g.CPUStat()
	if err != nil || stat.Usage <= 0 || stat.Usage < stat.User {
		t.Errorf("got %+v, %v, want some time", stat, err)
	}
}

// A process that has ended keeps the path of its group until it is waited for.
func TestRealGroupOfADeadProcessIsGone(t *testing.T) {
	g := realGroup(t)
	cmd := helper("wait")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // how it ended does not matter
	pid := cmd.Process.Pid
	move(t, pid, g)
	stdin.Close()
	if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(g.Dir); err != nil {
		t.Fatal(err)
	}
	if group, err := Of(pid); !errors.Is(err, ErrGone) {
		t.Errorf("got %+v, %v, want ErrGone", group, err)
	}
}
