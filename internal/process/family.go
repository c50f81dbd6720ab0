package process

import (
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

// IsAnyStopped reports whether a signal has stopped a process, or one that descends from it
// and that [IsInGroup] would look at.
func IsAnyStopped(pid int) bool { return anyOfFamily(pid, IsStopped) }

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
func ChildrenOf(pid int) []int { return ChildrenOfThread(pid, strconv.Itoa(pid)) }

// ChildrenOfThread lists the children that a thread of a process has made. The first thread also
// has those that the process has adopted.
func ChildrenOfThread(pid int, thread string) (list []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread)) // without it there are none
	for _, word := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(word); err == nil {
			list = append(list, child)
		}
	}
	return list
}
