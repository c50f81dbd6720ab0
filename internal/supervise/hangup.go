package supervise

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// A shell that gets a hangup sends SIGHUP to the groups of its jobs, and ends. A command that
// has left the session, as setsid(1) does, is in no job, and without us would not hear of it.
// We do: we come back to the job's group when the command leaves it. For `kill -HUP %1` the
// shell sends the same signal, but does not end.

// hangupPatience is how long a shell may take to end after it has signaled its jobs. It has
// only to save its history.
const hangupPatience = time.Second

// mayBeHangup reports whether a shell has sent SIGHUP to the job, and the command has left
// the session.
func (c *Child) mayBeHangup(i signals.Info) bool {
	own, err := unix.Getsid(0)
	if err != nil || i.Signal != unix.SIGHUP || !i.ByProcess(own) {
		return false
	}
	theirs, err := unix.Getsid(c.pid)
	return err == nil && theirs != own
}

// passHangup passes SIGHUP on unless the shell that has sent it ends.
func (c *Child) passHangup(shell int) {
	if !endsWithin(shell, hangupPatience) {
		c.courier.toCommand(unix.SIGHUP)
	}
}

// endsWithin waits for the end of a process. If that cannot be waited for, the process does
// not end.
func endsWithin(pid int, limit time.Duration) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err == unix.ESRCH
	}
	defer unix.Close(fd)
	for deadline := time.Now().Add(limit); ; {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Until(deadline).Milliseconds()))
		if err != unix.EINTR || time.Now().After(deadline) {
			return n > 0
		}
	}
}
