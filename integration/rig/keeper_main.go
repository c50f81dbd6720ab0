package rig

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// keep is the main function of a keeper. It reads leftovers until the starter is gone,
// then removes them.
func keep(starter io.Reader) {
	// The reader of the inherited standard error may have ended.
	signal.Ignore(unix.SIGPIPE)
	var removals []func() error
	for stream := json.NewDecoder(starter); ; {
		var l leftover
		if err := stream.Decode(&l); err != nil {
			break // the end, or half a line from a killed starter
		}
		removals = append(removals, l.removal())
	}
	for _, remove := range slices.Backward(removals) {
		if err := remove(); err != nil {
			fmt.Fprintln(os.Stderr, "rig: clean up:", err)
		}
	}
}

// removal returns the function that removes l.
func (l leftover) removal() func() error {
	switch {
	case l.Group != 0:
		return endGroup(l.Group)
	case l.Cgroup != "":
		return func() error { return removeCgroup(l.Cgroup) }
	default:
		return func() error { return removeTree(l.Path) }
	}
}

// removeTree removes a file or a directory tree, but not file systems mounted in it.
func removeTree(path string) error {
	out, err := exec.Command("rm", "-rf", "--one-file-system", "--", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove %s: %s", path, out)
	}
	return nil
}

// endTimeout is how long a build may take to clean up after SIGTERM. mmdebstrap removes
// a tree of 20,000 files.
const endTimeout = 2 * time.Minute

// endGroup returns a function that ends a process group and waits for its leader. It
// holds a pidfd of the leader, because the PID may belong to another process by then.
func endGroup(pid int) func() error {
	leader, err := unix.PidfdOpen(pid, 0)
	return func() error {
		if err != nil {
			return nil // the leader had ended
		}
		defer unix.Close(leader)
		for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
			if waitReadable(leader, 0) {
				return nil
			}
			unix.Kill(-pid, s) // fails if it has just ended
			if waitReadable(leader, endTimeout) {
				return nil
			}
		}
		return fmt.Errorf("process group %d did not end", pid)
	}
}

// waitReadable reports whether a descriptor becomes readable within timeout. A pidfd does
// when its process ends (pidfd_open(2)).
func waitReadable(fd int, timeout time.Duration) bool {
	return poll(fd, unix.POLLIN, timeout)
}

// poll reports whether one of events occurs within timeout.
func poll(fd int, events int16, timeout time.Duration) bool {
	deadline := time.Now().Add(timeout)
	for {
		left := max(time.Until(deadline), 0)
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
		n, err := unix.Poll(fds, int(left.Milliseconds()))
		if err != unix.EINTR {
			return n > 0
		}
	}
}
