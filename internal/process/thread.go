package process

import (
	"fmt"
	"os"
	"strconv"
)

// exiting is PF_EXITING in the flags of a task (include/linux/sched.h).
const exiting = 0x00000004

// IsExiting reports whether all threads of a process have begun to end. From then on
// the kernel does not move them to another cgroup, and says that it did
// (cgroup_migrate_add_task in kernel/cgroup/cgroup.c). Only later do they become a
// zombie, which a pidfd shows. For a process that cannot be seen it is false.
func IsExiting(pid int) bool {
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

// isThreadExiting reports whether a thread has begun to end. A thread that is gone has,
// unless it is the first: then nothing is known of the process.
func isThreadExiting(pid, tid int) bool {
	exiting, err := readExiting(pid, tid)
	if err != nil {
		return tid != pid
	}
	return exiting
}

// readExiting reads from the flags of a thread whether it has begun to end. Nothing else
// shows that before the thread is a zombie.
func readExiting(pid, tid int) (bool, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	if err != nil {
		return false, err
	}
	flags, err := parseFlags(data)
	return flags&exiting != 0, err
}
