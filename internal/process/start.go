package process

import (
	"fmt"
	"os"
	"strconv"
)

// StartTicks is the start time of a process in clock ticks since the machine's start,
// from starttime in /proc/PID/stat. No two processes with the same PID have the same.
func StartTicks(pid int) (uint64, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	return parseStartTicks(data)
}

// TicksPerSecond is how many ticks of /proc a second has: USER_HZ, which is 100 on all
// machines that gorun is built for.
const TicksPerSecond = 100

// parseStartTicks reads the start time from /proc/PID/stat, the 22nd field of proc(5).
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
