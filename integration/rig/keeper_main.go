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

// keep is what a keeper does: it reads leftovers until the starter is gone, then
// removes them.
func keep(starter io.Reader) {
	// The starter may share its standard error with a reader that has ended.
	signal.Ignore(unix.SIGPIPE)
	var removals []func() error
	for stream := json.NewDecoder(starter); ; {
		var l leftover
		if err := stream.Decode(&l); err != nil {
			break // the end, or half a line of a starter that was killed
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

// removeTree removes a file or a directory tree, but no other file system that
// may be mounted in it.
func removeTree(path string) error {
	out, err := exec.Command("rm", "-rf", "--one-file-system", "--", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove %s: %s", path, out)
	}
	return nil
}

// endTimeout is how long a build may take to clean up after SIGTERM: mmdebstrap
// removes a tree of 20,000 files.
const endTimeout = 2 * time.Minute

// endGroup returns the function that ends a process group and waits for its
// leader. The PID may be another process's by then: a descriptor knows the leader.
func endGroup(pid int) func() error {
	leader, err := unix.PidfdOpen(pid, 0)
	return func() error {
		if err != nil {
			return nil // it has ended
		}
		defer unix.Close(leader)
		for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
			if waitReadable(leader, 0) {
				return nil
			}
			unix.Kill(-pid, s) // it may have ended just now
			if waitReadable(leader, endTimeout) {
				return nil
			}
		}
		return fmt.Errorf("process group %d does not end", pid)
	}
}

// waitReadable reports whether a descriptor can be read within timeout: a
// descriptor of a process can when that has ended (pidfd_open(2)).
func waitReadable(fd int, timeout time.Duration) bool {
	return poll(fd, unix.POLLIN, timeout)
}

// poll reports whether one of events comes within timeout.
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
