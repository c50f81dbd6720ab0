package process

import (
	"fmt"
	"os"
)

// exiting is PF_EXITING in the flags of a task (include/linux/sched.h).
const exiting = 0x00000004

// IsThreadExiting tells whether a thread has begun to end, of which nothing but its
// flags tells before it is a zombie. The error is that of open(2) if it is gone.
func IsThreadExiting(pid, tid int) (bool, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	if err != nil {
		return false, err
	}
	flags, err := parseFlags(data)
	return flags&exiting != 0, err
}
