package scope

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// isExiting tells whether all threads of a process are on their way out, after which
// the kernel does not move them any more, and says that it did
// (cgroup_migrate_add_task in kernel/cgroup/cgroup.c). Some time later they are a
// zombie, and only then does a pidfd tell. Of a process that cannot be seen it is
// false.
func isExiting(pid int) bool {
	if !isThreadExiting(pid, pid) { // nearly always
		return false
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return false
	}
	for _, thread := range threads {
		tid, err := strconv.Atoi(thread.Name())
		if err == nil && !isThreadExiting(pid, tid) {
			return false // the first thread may end before the others
		}
	}
	return true
}

// isThreadExiting reads the flags of a thread. A thread that is gone has no say.
func isThreadExiting(pid, tid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	if err != nil {
		return tid != pid
	}
	flags, err := parseTaskFlags(data)
	return err == nil && flags&exitingFlag != 0
}

// exitingFlag is PF_EXITING in include/linux/sched.h.
const exitingFlag = 0x00000004

// parseTaskFlags takes the flags from /proc/PID/stat, the ninth field. The second,
// the name, may hold blanks and parentheses:
//
//	412 (tmux: server) S 1 412 412 0 -1 4194624 512 ...
func parseTaskFlags(data []byte) (uint64, error) {
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 7 {
		return 0, fmt.Errorf("stat %q: too short", data)
	}
	return strconv.ParseUint(string(fields[6]), 10, 32)
}
