package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const leavesOrphans = "GOTEST_LEAVES_ORPHANS"

func TestMain(m *testing.M) {
	if os.Getenv(leavesOrphans) == "" {
		os.Exit(m.Run())
	}
	// A process with a session of its own, which ignores most signals and has a child.
	adopt()
	out, _ := exec.Command("sh", "-c", "setsid sh -c 'trap \"\" INT TERM HUP; sleep 600 >/dev/null & echo $$ $!; exec >&-; wait' 2>/dev/null & sleep 0.2").Output()
	endOrphans(5 * time.Second)
	os.Stdout.Write(out)
}

func TestWhatGoTestLeavesIsEnded(t *testing.T) {
	self := exec.Command("/proc/self/exe")
	self.Env = append(os.Environ(), leavesOrphans+"=yes")
	out, err := self.Output()
	pids := strings.Fields(string(out))
	if err != nil || len(pids) != 2 {
		t.Fatalf("%v: printed %q", err, out)
	}
	for _, text := range pids {
		pid, _ := strconv.Atoi(text)
		if err := unix.Kill(pid, 0); err != unix.ESRCH {
			t.Errorf("process %d is there: %v", pid, err)
		}
	}
}
