package supervise

import (
	"os"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// home is the job's process group, in which the command runs. The supervisor leaves it
// while the command runs: what is sent to the group then reaches the command once, and what
// reaches the supervisor was meant for it alone.
type home struct {
	group int
	led   bool // by us: without us, the command would lead the group, and could not leave it
	away  bool // we have left
}

func newHome() home {
	group := unix.Getpgrp()
	return home{group: group, led: group == os.Getpid()}
}

// leave moves the supervisor into a group of its own. On failure it stays, for example
// because there may be no more processes.
func (h *home) leave() {
	if h.away {
		return
	}
	leader, err := startGroup()
	if err != nil {
		return
	}
	h.away = unix.Setpgid(0, leader) == nil
	unix.Wait4(leader, nil, unix.WALL, nil) // it is our child and has ended
}

// comeBack moves the supervisor back into the job's group. It fails if the group was a
// script's, and the script has ended.
func (h *home) comeBack() {
	if h.away && unix.Setpgid(0, h.group) == nil {
		h.away = false
	}
}

// isCommands reports whether the command or a process that it has started is in the
// group. They are not if the command has made a group of its own, as timeout(1) does.
func (h home) isCommands(command int) bool {
	return process.IsInGroup(command, h.group)
}

// startGroup makes a process group of this session that nobody is in. It exists until the
// process that led it is waited for: that one has ended.
func startGroup() (leader int, err error) {
	all := signalsThat(func(unix.Signal) bool { return true })
	restore, err := block(all...) // a handler would run in the process, too
	if err != nil {
		return 0, err
	}
	defer restore()
	if leader = forkLeader(); leader < 0 {
		return 0, unix.Errno(-leader)
	}
	return leader, nil
}

// mayLeave reports whether a supervisor may leave the group. A session's leader cannot.
//
// Of a group that is orphaned without us, we would be the parent in another group of the
// session: the kernel would then stop a background read, which should fail, and nobody would
// continue it.
func (h home) mayLeave() bool {
	session, _ := unix.Getsid(0) // cannot fail for oneself
	if session == os.Getpid() {
		return false
	}
	return !lookAtTerminal().exists || !isOrphaned(h.group, session, os.Getppid())
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

// has reports whether a process is in the group.
func (h home) has(pid int) bool {
	group, err := unix.Getpgid(pid)
	return pid != 0 && err == nil && group == h.group
}
