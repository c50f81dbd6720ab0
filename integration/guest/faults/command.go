package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// commandWord makes this program the command that gorun runs: "faults ran FILE ID [ARG...]". It
// adds a line to FILE: its ID, what it was given, and its cgroup.
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
	if _, err := fmt.Fprintf(f, "%s %s %s\n", args[1], digest(args[2:], os.Getenv(oddVariable)), group); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	sleepAsAsked()
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

// oddVariable is a variable that the command must get as it is.
const oddVariable = "FAULTS_ODD"

// digest stands for what the command was given: its further arguments and the odd variable.
func digest(args []string, odd string) string {
	h := fnv.New64a()
	for _, text := range append([]string{odd}, args...) {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// commandRun is one run of a command.
type commandRun struct{ given, group string }

// readRuns reads what the commands have written, by ID.
func readRuns(file string) (map[string][]commandRun, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	runs := map[string][]commandRun{}
	for line := range strings.Lines(string(data)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		given, group, _ := strings.Cut(rest, " ")
		runs[id] = append(runs[id], commandRun{given, group})
	}
	return runs, nil
}
