package embedded

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// child starts a process in a session of its own.
func child(t *testing.T, script string) int {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		cmd.Wait() // it was killed
	})
	out.Read(make([]byte, 1)) // it has begun
	return cmd.Process.Pid
}

// A shell may have started processes before it became gorun: they are not the run's.
func TestProcessesFromBeforeTheRunAreNotItsOwn(t *testing.T) {
	before := child(t, "sleep 600 & echo; wait")
	others, err := descendants(os.Getpid(), nil)
	if err != nil || len(others) != 2 {
		t.Fatalf("found %v, %v", others, err)
	}
	r := &Run{own: true, record: record{Supervisor: identify(os.Getpid())}}
	for _, pid := range others {
		r.record.Others = append(r.record.Others, identify(pid))
	}
	after := child(t, "echo; exec sleep 600")
	pids, err := r.Processes()
	if err != nil || !slices.Equal(pids, []int{after}) {
		t.Errorf("found %v, %v, want %d", pids, err, after)
	}
	if err := r.kill(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := unix.Kill(before, 0); err != nil || identify(before).isAlive() == false {
		t.Error("a process that is not the run's was killed")
	}
	if found, err := findDescendants(os.Getpid(), func(pid int) bool { return pid == before }); err != nil || slices.Contains(found, before) {
		t.Errorf("found %v, %v", found, err)
	}
}

// A PID that is not in the list any more when it is opened may be another process's.
func TestOnlyProcessesThatAreStillInTheRunAreSignaled(t *testing.T) {
	pid := child(t, "echo; exec sleep 600")
	looks := 0
	refused, err := signalAll(func() ([]int, error) {
		if looks++; looks == 1 {
			return []int{pid}, nil
		}
		return nil, nil
	}, unix.SIGKILL)
	var status unix.WaitStatus
	unix.Kill(pid, unix.SIGTERM)
	unix.Wait4(pid, &status, 0, nil)
	if err != nil || len(refused) > 0 || status.Signal() != unix.SIGTERM {
		t.Errorf("refused %v, %v; ended by %v", refused, err, status.Signal())
	}
}
