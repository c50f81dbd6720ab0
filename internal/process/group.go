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
	family := []int{pid}
	for i := 0; i < len(family) && i < maxFamily; i++ {
		if g, err := unix.Getpgid(family[i]); err == nil && g == group {
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

// readStat reads /proc/PID/stat.
func readStat(pid int) ([]byte, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return nil, unix.ESRCH
	}
	return stat, err
}
