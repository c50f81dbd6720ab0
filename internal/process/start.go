package process

import (
	"fmt"
	"os"
	"strconv"
)

// StartTicks is when a process started, in clock ticks since the machine did: no two
// of the same PID have the same. From starttime in /proc/PID/stat.
func StartTicks(pid int) (uint64, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	return parseStartTicks(data)
}

// parseStartTicks takes the start from /proc/PID/stat, the 22nd field of proc(5).
func parseStartTicks(data []byte) (uint64, error) {
	_, fields, err := splitStat(data)
	if err != nil {
		return 0, err
	}
	if len(fields) < 20 {
		return 0, fmt.Errorf("stat %q: no starttime", data)
	}
	ticks, err := strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("stat: starttime: %w", err)
	}
	return ticks, nil
}
