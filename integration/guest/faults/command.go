package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// commandWord makes this program the command that gorun runs: "faults ran FILE ID". It adds a line
// to FILE: its ID and its cgroup.
const commandWord = "ran"

func beCommand(args []string) int {
	liftLimits()
	group, err := cgroup.PathOf(os.Getpid())
	if err != nil {
		group = err.Error()
	}
	f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if _, err := fmt.Fprintf(f, "%s %s\n", args[1], group); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	return 0
}

// liftLimits raises all soft limits to the hard ones, so that a limit that is meant for gorun does
// not hit this command.
func liftLimits() {
	for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_NOFILE, unix.RLIMIT_NPROC, unix.RLIMIT_AS} {
		var l unix.Rlimit
		if unix.Getrlimit(resource, &l) == nil {
			l.Cur = l.Max
			unix.Setrlimit(resource, &l) // anybody may
		}
	}
}

// readRuns reads the commands have written: their cgroups by ID.
func readRuns(file string) (map[string][]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	runs := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		id, group, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		runs[id] = append(runs[id], group)
	}
	return runs, nil
}
