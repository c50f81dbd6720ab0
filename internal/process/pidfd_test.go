package process

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPidfdShowsTheEndOfAProcess(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // killed
	fd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		t.Skip("no pidfds here: ", err)
	}
	defer unix.Close(fd)
	if HasEnded(fd) {
		t.Error("a process that runs has ended")
	}
	cmd.Process.Kill()
	AwaitEnd([]int{fd})
	if !HasEnded(fd) {
		t.Error("a process that was killed has not ended")
	}
}
