//go:build linux && !(amd64 || arm64)

package supervise

import "golang.org/x/sys/unix"

// forkLeader makes no child here: the supervisor stays in the job's group.
func forkLeader() (pid int) { return -int(unix.ENOSYS) }
