package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ParentOf returns a process's parent. The error is [unix.ESRCH] if there is no such
// process.
func ParentOf(pid int) (parent int, err error) {
	var p Process
	stat, err := readStat(pid)
	if err == nil {
		err = p.parseStat(stat)
	}
	return p.Parent, err
}

// maxFamily bounds how many processes [IsInGroup] looks at.
const maxFamily = 64

// IsInGroup reports whether a process or one that descends from it is in a process group.
// Descendants that have lost their parent are not found, nor any on a kernel without
// CONFIG_PROC_CHILDREN.
func IsInGroup(pid, group int) bool {
	return anyOfFamily(pid, func(pid int) bool {
		g, err := unix.Getpgid(pid)
		return err == nil && g == group
	})
}

// IsStopped reports whether a signal has stopped a process.
func IsStopped(pid int) bool {
	state, err := stateOf(pid)
	return err == nil && state == "T"
}

// IsStopping reports whether a signal has stopped a process, or has arrived and is about to.
func IsStopping(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return false
	}
	return IsStopped(pid) || hasPendingStop(string(status))
}

// hasPendingStop reads from /proc/PID/status whether a stop signal is pending. The sets have a
// bit for each signal, the lowest for number 1.
func hasPendingStop(status string) bool {
	const stops = 1<<(unix.SIGSTOP-1) | 1<<(unix.SIGTSTP-1) | 1<<(unix.SIGTTIN-1) | 1<<(unix.SIGTTOU-1)
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		if key == "SigPnd" || key == "ShdPnd" {
			set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
			if err == nil && set&stops != 0 {
				return true
			}
		}
	}
	return false
}

// IsAnyStopped reports whether a signal has stopped a process, or one that descends from it
// and that [IsInGroup] would look at.
func IsAnyStopped(pid int) bool { return anyOfFamily(pid, IsStopped) }

// stateOf is a process's state, as a letter of proc(5): S if it waits for something that a
// signal can end, T if a signal has stopped it.
func stateOf(pid int) (string, error) {
	stat, err := readStat(pid)
	if err != nil {
		return "", err
	}
	_, fields, err := splitStat(stat)
	if err != nil {
		return "", err
	}
	return fields[0], nil
}

// anyOfFamily reports whether something is true of a process or of one that descends from it.
func anyOfFamily(pid int, is func(pid int) bool) bool {
	family := []int{pid}
	for i := 0; i < len(family) && i < maxFamily; i++ {
		if is(family[i]) {
			return true
		}
		family = append(family, ChildrenOf(family[i])...)
	}
	return false
}

// ChildrenOf lists a process's children: those that its first thread has made.
func ChildrenOf(pid int) (list []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // without it there are none
	for _, word := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(word); err == nil {
			list = append(list, child)
		}
	}
	return list
}

// HasBegun reports whether a program has done what it does first: it waits for something, or
// is stopped. A process that is gone has.
func HasBegun(pid int) bool {
	state, err := stateOf(pid)
	return err != nil || state == "S" || state == "T"
}

// readStat reads /proc/PID/stat.
func readStat(pid int) ([]byte, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return nil, unix.ESRCH
	}
	return stat, err
}
