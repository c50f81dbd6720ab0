package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// IsThread reports whether a PID is that of a thread which is not the first one of its process,
// from Tgid in /proc/PID/status. /proc lists only processes, and opens both.
//
//	Tgid:	412
func IsThread(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if key, value, _ := strings.Cut(line, ":"); key == "Tgid" {
			return strings.TrimSpace(value) != strconv.Itoa(pid)
		}
	}
	return false
}
