package scope

import (
	"fmt"
	"os"
	"strconv"

	"gorun/internal/process"
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

// isThreadExiting asks for the flags of a thread. A thread that is gone has no say.
func isThreadExiting(pid, tid int) bool {
	exiting, err := process.IsThreadExiting(pid, tid)
	if err != nil {
		return tid != pid
	}
	return exiting
}
