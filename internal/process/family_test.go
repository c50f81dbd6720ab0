package process

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestParentIsFound(t *testing.T) {
	if got, err := ParentOf(os.Getpid()); err != nil || got != os.Getppid() {
		t.Errorf("got %d, %v, want %d", got, err, os.Getppid())
	}
	if _, err := ParentOf(1 << 30); err != unix.ESRCH {
		t.Errorf("no process: got %v", err)
	}
}

func TestPendingStopIsFound(t *testing.T) {
	for status, want := range map[string]bool{
		"SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000080000\n": false,
		"SigPnd:\t0000000000000000\nShdPnd:\t0000000000080000\n":                            true, // TSTP
		"SigPnd:\t0000000000100000\nShdPnd:\t0000000000000000\n":                            true, // TTIN
		"SigPnd:\t0000000000004000\nShdPnd:\t0000000000000000\n":                            false,
	} {
		if got := hasPendingStop(status); got != want {
			t.Errorf("%q: got %v", status, got)
		}
	}
}

// family starts a script that prints the PID of a child which reads a line.
func family(t *testing.T, script string) (outer, inner int, end func()) {
	t.Helper()
	cmd := exec.Command("bash", "-c", script)
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(stdout, &inner); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid, inner, func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestDescendantsInAGroupAreFound(t *testing.T) {
	// With set -m the inner shell, a job, has a group of its own.
	outer, inner, end := family(t, "set -m; sh -c 'echo $$; read x; true'; true")
	defer end()
	if !IsInGroup(outer, outer) || !IsInGroup(outer, inner) {
		t.Error("a process or its child is not found")
	}
	if IsInGroup(inner, outer) || IsInGroup(outer, unix.Getpgrp()) {
		t.Error("a process is found that does not descend")
	}
}

func TestStoppedDescendantIsFound(t *testing.T) {
	outer, inner, end := family(t, "sh -c 'echo $$; read x; true'; true")
	defer end()
	if IsAnyStopped(outer) {
		t.Error("nobody is stopped")
	}
	unix.Kill(inner, unix.SIGSTOP)
	defer unix.Kill(inner, unix.SIGCONT)
	for !IsStopped(inner) {
		time.Sleep(time.Millisecond) // stopping takes a moment
	}
	if IsStopped(outer) || !IsAnyStopped(outer) {
		t.Error("a stopped child is not found")
	}
	for !HasBegun(outer) {
		time.Sleep(time.Millisecond) // its child may print before it waits
	}
	if !HasBegun(inner) {
		t.Error("who is stopped has begun")
	}
}
