package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

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

// IsStopped reports whether a signal has stopped a process, or one that descends from it and
// that [IsInGroup] would look at.
func IsStopped(pid int) bool {
	return anyOfFamily(pid, func(pid int) bool {
		stat, err := readStat(pid)
		if err != nil {
			return false
		}
		_, fields, err := splitStat(stat)
		return err == nil && fields[0] == "T"
	})
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
// has used a second of processor time. A process that is gone has.
func HasBegun(pid int) bool {
	stat, err := readStat(pid)
	if err != nil {
		return true
	}
	waits, used, err := parseProgress(stat)
	return err != nil || waits || used >= time.Second
}

// readStat reads /proc/PID/stat.
func readStat(pid int) ([]byte, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return nil, unix.ESRCH
	}
	return stat, err
}

// parseProgress reads from /proc/PID/stat whether a process waits, which a signal can end,
// and the processor time that it has used, fields 14 and 15 of proc(5).
func parseProgress(stat []byte) (waits bool, used time.Duration, err error) {
	_, fields, err := splitStat(stat)
	if err != nil {
		return false, 0, err
	}
	if len(fields) < 13 {
		return false, 0, fmt.Errorf("stat %q: no stime", stat)
	}
	for _, field := range fields[11:13] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return false, 0, fmt.Errorf("stat: processor time: %w", err)
		}
		used += time.Duration(ticks) * time.Second / TicksPerSecond
	}
	return fields[0] == "S", used, nil
}
