package main

import (
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
)

// Tests that ^C ends have no time to end what they have started: processes with sessions of their
// own, and cgroups.

// adopt makes the orphans of go test children of this process.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// reapOrphans waits for orphans as they end, as the first process would: who sends a signal 0 to one
// that has ended learns that. It leaves the process but to its caller.
func reapOrphans(but int) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	for range ended {
		for _, pid := range process.ChildrenOf(os.Getpid()) {
			if pid != but {
				unix.Wait4(pid, nil, unix.WNOHANG, nil) // most have not ended
			}
		}
	}
}

// endOrphans kills the processes that go test has left, once that has ended, and waits for them.
func endOrphans(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, pid := range process.ChildrenOf(os.Getpid()) {
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
	own, err := cgroup.Of(0)
	if err != nil {
		return // without cgroup v2 there are none
	}
	entries, _ := os.ReadDir(own.Dir) // what cannot be read stays
	for _, e := range entries {
		if slices.ContainsFunc(testGroups, func(prefix string) bool { return strings.HasPrefix(e.Name(), prefix) }) {
			removeTree(filepath.Join(own.Dir, e.Name()))
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
