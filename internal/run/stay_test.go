package run

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"gorun/cgroup"
)

// ownGroup makes a cgroup below the test's own. The test is skipped where that is not possible.
func ownGroup(t *testing.T) cgroup.Group {
	t.Helper()
	own, err := cgroup.Of(0)
	if err != nil {
		t.Skip("the test needs a mounted cgroup v2:", err)
	}
	dir, err := os.MkdirTemp(own.Dir, "gorun-test-")
	if err != nil {
		t.Skip("the test needs root and a writable cgroup v2:", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	return cgroup.Group{Dir: dir, Path: path.Join(own.Path, filepath.Base(dir))}
}

func TestFetchTakesACommandAndWhatItHasStarted(t *testing.T) {
	from, to := ownGroup(t), ownGroup(t)
	dir, err := os.Open(from.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	cmd := exec.Command("sh", "-c", "sleep 60 & sleep 60 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd()), Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // it was killed
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if pids, err := from.Processes(); err != nil || len(pids) == 3 || time.Now().After(deadline) {
			break
		}
	}
	if err := fetch(to, cmd.Process.Pid, from.Path); err != nil {
		t.Fatal(err)
	}
	left, err := from.Processes()
	moved, err2 := to.Processes()
	if err != nil || err2 != nil || len(left) > 0 || len(moved) != 3 || !slices.Contains(moved, cmd.Process.Pid) {
		t.Errorf("left %v, %v, moved %v, %v", left, err, moved, err2)
	}
}
