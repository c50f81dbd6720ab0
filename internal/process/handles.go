package process

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// HandlesSignal reports whether a process may deal with a signal in its own way: it catches
// the signal, or blocks it and may wait for it. If that cannot be read, the result is true.
func HandlesSignal(pid int, sig unix.Signal) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err != nil || mayHandle(string(data), sig)
}

// mayHandle reads the contents of /proc/PID/status:
//
//	SigBlk:	0000000000010000
//	SigIgn:	0000000000001000
//	SigCgt:	0000000000004003
func mayHandle(status string, sig unix.Signal) bool {
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		if key != "SigBlk" && key != "SigCgt" {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil || set&(1<<(uint(sig)-1)) != 0 {
			return true
		}
	}
	return false
}
