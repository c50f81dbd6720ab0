package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// OfThread is the process that a thread belongs to, from Tgid in /proc/TID/status. It is the TID
// itself for the first thread of a process, and 0 if there is no such thread. /proc lists only
// processes, and opens both.
//
//	Tgid:	412
func OfThread(tid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if key, value, _ := strings.Cut(line, ":"); key == "Tgid" {
			pid, _ := strconv.Atoi(strings.TrimSpace(value)) // the kernel writes a number
			return pid
		}
	}
	return 0
}
