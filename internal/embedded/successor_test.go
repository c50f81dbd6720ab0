package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/safefile"
)

// sleeper starts a process in a group.
func sleeper(t *testing.T, in cgroup.Group) *exec.Cmd {
	t.Helper()
	dir, err := os.Open(in.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	cmd := exec.Command("sleep", "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it was killed
	})
	return cmd
}

// makeRun makes the group of a run with a process, and its record.
func makeRun(t *testing.T, dir *safefile.Dir, id, unit string) (*record, *exec.Cmd) {
	t.Helper()
	own, err := cgroup.Of(0)
	if err != nil || own.MayPlace() != nil {
		t.Skip("the test needs the right to make a cgroup v2")
	}
	made, err := own.Make(unit)
	if err != nil {
		t.Fatal(err)
	}
	r := &record{
		Unit: unit, InvocationID: id, Cgroup: made.Path, Dir: made.Dir, Boot: bootID(), Namespace: namespace(),
		Conduct: Conduct{StopSignals: []unix.Signal{unix.SIGTERM}, StopTimeout: time.Minute, FinalSignal: unix.SIGKILL},
	}
	if err := dir.WriteFile(recordName(unit), r.encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	return r, sleeper(t, made)
}

// end ends a run, as its supervisor would.
func (r *record) end(t *testing.T, dir *safefile.Dir, cmd *exec.Cmd) {
	t.Helper()
	cmd.Process.Kill()
	cmd.Wait() // it was killed
	if err := errors.Join(r.removeGroup(), dir.Remove(recordName(r.Unit))); err != nil {
		t.Error(err)
	}
}

// Who has found a run acts on that run alone: another of its name may have begun meanwhile.
func TestActionsSpareALaterRunOfTheName(t *testing.T) {
	for name, act := range map[string]func(*Run) error{
		"stop":   func(r *Run) error { _, err := r.Stop(t.Context(), Success); return err },
		"signal": func(r *Run) error { return r.Signal(unix.SIGKILL) },
		"kill":   func(r *Run) error { return r.kill(unix.SIGKILL) },
		"wait":   func(r *Run) error { return r.WaitEmpty(t.Context()) },
		"freeze": func(r *Run) error {
			if err := r.InGroup(func(g cgroup.Group) error { return g.Freeze(t.Context()) }); !errors.Is(err, cgroup.ErrGone) {
				return fmt.Errorf("freeze: %v", err)
			}
			return nil
		},
		"clear": func(r *Run) error { r.clear(); return nil },
		"state": func(r *Run) error {
			if _, err := r.State(); !errors.Is(err, ErrEnded) {
				return fmt.Errorf("state: %v", err)
			}
			return nil
		},
		"enter": func(r *Run) error {
			if _, err := r.Entrance(); !errors.Is(err, ErrEnded) {
				return fmt.Errorf("entrance: %v", err)
			}
			return nil
		},
	} {
		dir := openTestState(t)
		unit := fmt.Sprintf("gorun-successor-%d-%s.scope", os.Getpid(), name)
		first, cmd := makeRun(t, dir, "1111", unit)
		found, err := Open(unit)
		if err != nil {
			t.Fatal(err)
		}
		first.end(t, dir, cmd)
		second, cmd := makeRun(t, dir, "2222", unit)
		if err := act(found); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := unix.Kill(cmd.Process.Pid, 0); err != nil {
			t.Errorf("%s ended the later run: %v", name, err)
		}
		if pids, err := second.group().Processes(); err != nil || len(pids) != 1 {
			t.Errorf("%s: the later run has %v, %v", name, pids, err)
		}
		if kept, err := readRecord(dir, recordName(unit)); err != nil || kept.InvocationID != "2222" || kept.Stopping != "" {
			t.Errorf("%s: the later run's record is %+v, %v", name, kept, err)
		}
		second.end(t, dir, cmd)
	}
}

// A stop may begin before there is a process.
func TestProcessThatComesAfterAStopIsStopped(t *testing.T) {
	dir := openTestState(t)
	unit := fmt.Sprintf("gorun-late-%d.scope", os.Getpid())
	made, first := makeRun(t, dir, "1111", unit)
	defer made.end(t, dir, first)
	run, err := Open(unit)
	if err != nil {
		t.Fatal(err)
	}
	entrance, err := run.Entrance()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.mark(TimedOut); err != nil { // another process begins a stop, and has listed the processes
		t.Fatal(err)
	}
	late := sleeper(t, made.group())
	if err := entrance.Close(); err != nil {
		t.Fatal(err)
	}
	if err := late.Wait(); err == nil {
		t.Error("the process was not stopped")
	}
	run.guard.end()
	if _, err := run.Entrance(); !errors.Is(err, ErrEnded) {
		t.Errorf("the run took another process: %v", err)
	}
}
