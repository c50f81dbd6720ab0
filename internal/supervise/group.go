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

	noGroup error // why no group could be made; nil if that has not failed
}

func newHome() home {
	group := unix.Getpgrp()
	return home{group: group, led: group == os.Getpid()}
}

// leave moves the supervisor into a group of its own. On failure it stays, for good: the
// scope's limit on tasks may be reached, and the kernel counts each refused fork.
func (h *home) leave() {
	if h.away || h.noGroup != nil {
		return
	}
	leader, err := startGroup()
	if err != nil {
		h.noGroup = err
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

// has reports whether a process is in the group.
func (h home) has(pid int) bool {
	group, err := unix.Getpgid(pid)
	return pid != 0 && err == nil && group == h.group
}
