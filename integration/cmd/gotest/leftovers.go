package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Tests that ^C ends have no time to end what they have started: processes with sessions of their
// own, and cgroups.

// adopt makes the orphans of go test children of this process.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// children are the processes whose parent is this one's first thread, as that of an orphan is.
func children() (pids []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid())) // proc(5)
	for _, word := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// reapOrphans waits for orphans as they end, as the first process would: who sends a signal 0 to one
// that has ended learns that. It leaves some processes to its caller, and returns when done is closed.
func reapOrphans(but []int, done <-chan struct{}) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	defer signal.Stop(ended)
	for {
		select {
		case <-ended:
		case <-done:
			return
		}
		for _, pid := range children() {
			if !slices.Contains(but, pid) {
				unix.Wait4(pid, nil, unix.WNOHANG, nil) // most have not ended
			}
		}
	}
}

// endOrphans kills the processes that go test has left, once that has ended, and waits for them.
func endOrphans(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, pid := range children() {
			unix.Kill(pid, unix.SIGKILL) // its own children are orphans then
		}
		for {
			pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
			if err == unix.ECHILD {
				return
			}
			if pid <= 0 {
				break
			}
		}
	}
}

// testGroups begin the names of the cgroups that tests make in their own.
var testGroups = []string{"gorun-test-", "gorun-place-"}

// removeGroups removes the cgroups that tests have left, unless there are processes in them.
func removeGroups() {
	text, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		own, isV2 := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !isV2 {
			continue
		}
		for _, mount := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
			for _, prefix := range testGroups {
				found, _ := filepath.Glob(filepath.Join(mount, own, prefix+"*")) // well-formed
				for _, group := range found {
					removeTree(group)
				}
			}
		}
	}
}

// removeTree removes the empty directories of a tree.
func removeTree(root string) {
	var dirs []string
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, dir := range slices.Backward(dirs) {
		unix.Rmdir(dir) // that of another test has processes
	}
}
