package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Processes returns the IDs of the processes in the group and all its descendants, from
// cgroup.procs: in ascending order, each once. Without processes the list is empty, not
// nil.
//
// A subgroup that is removed meanwhile counts as empty. A process that moves between
// subgroups meanwhile can be missed: the list is a hint, and Populated in [Events] is
// the proof of emptiness. Processes outside of the caller's PID namespace have no ID in
// it and are left out; the kernel lists them as 0.
//
// The error is [ErrGone] if there is no such group, and [unix.EOPNOTSUPP] if the group
// is threaded. A threaded group has only threads. Their processes belong to the nearest
// parent that is not threaded, and are listed there.
func (g Group) Processes() ([]int, error) {
	if g.Dir == "" {
		return nil, errNoDir
	}
	pids, err := appendProcesses([]int{}, g.Dir)
	// While a group is removed, its files are dead before its directory is gone.
	if errors.Is(err, unix.ENODEV) || vanished(err) && !exists(g.Dir) {
		return nil, gone(g.Dir)
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

// appendProcesses adds the processes of the group in dir and, recursively, of
// its descendants.
func appendProcesses(pids []int, dir string) ([]int, error) {
	own, err := readProcs(dir)
	if err != nil {
		return pids, err
	}
	pids = append(pids, own...)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return pids, err
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		pids, err = appendProcesses(pids, filepath.Join(dir, entry.Name()))
		if err != nil && !vanished(err) && !errors.Is(err, unix.EOPNOTSUPP) {
			return pids, err
		}
	}
	return pids, nil
}

// vanished reports whether a group was removed before or while it was read.
func vanished(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV)
}

// exists reports whether a directory exists, or cannot be seen. Without this check a
// directory that is not a cgroup would be reported as gone.
func exists(dir string) bool {
	_, err := os.Stat(dir)
	return !errors.Is(err, unix.ENOENT)
}

// readProcs reads cgroup.procs to the end of file: unlike the other files, the kernel
// returns it in pieces.
func readProcs(dir string) ([]int, error) {
	file := filepath.Join(dir, "cgroup.procs")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pids, err := parseProcs(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return pids, nil
}

// parseProcs parses cgroup.procs: one process on each line, in no order, sometimes twice:
//
//	2955
//	1375
//
// It leaves out 0, which stands for a process in a PID namespace that the caller cannot
// see: kill(0) would hit the caller itself.
func parseProcs(data []byte) ([]int, error) {
	var pids []int
	err := eachLine(data, func(line []byte) error {
		pid, err := strconv.ParseUint(string(line), 10, 31)
		if pid != 0 {
			pids = append(pids, int(pid))
		}
		return numError(err)
	})
	return pids, err
}
