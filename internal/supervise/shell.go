package supervise

import (
	"os"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// mayLeave reports whether a supervisor may leave the group. A session's leader cannot.
//
// Of a group that is orphaned without us, we would be the parent in another group of the
// session. The kernel would then stop a background read, which should fail, and nobody would
// continue it. And it would send SIGHUP to the group at the command's end, if a process in it
// is stopped (exit_notify).
func (h home) mayLeave() bool {
	session, _ := unix.Getsid(0) // cannot fail for oneself
	if session == os.Getpid() {
		return false
	}
	return !isOrphaned(h.group, session, os.Getppid())
}

// isOrphaned reports whether a group has no parent in another group of its session. It looks
// only at the ancestors of one member, from the parent pid on.
func isOrphaned(group, session, pid int) bool {
	for {
		theirs, err := unix.Getsid(pid)
		if err != nil || theirs != session {
			return true
		}
		if g, err := unix.Getpgid(pid); err != nil || g != group {
			return err != nil
		}
		p, err := process.ParentOf(pid)
		if err != nil {
			return true
		}
		pid = p
	}
}

// isWatched reports whether the parent seems to be a shell with job control: it shares
// our session, and has put us into a group of our own.
func (h home) isWatched() bool {
	parent := os.Getppid()
	session, err := unix.Getsid(parent)
	own, _ := unix.Getsid(0) // cannot fail for oneself
	group, err2 := unix.Getpgid(parent)
	return err == nil && err2 == nil && session == own && group != h.group
}
