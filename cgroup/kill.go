package cgroup

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Kill sends SIGKILL to all processes in the group and below it, also to those that are being
// forked. It returns before they have ended; see [Group.WaitEmpty]. It needs the right to write
// to the group. The error is [ErrGone] if there is no such group.
//
// It is an error if the group is the root of a hierarchy, or if the caller is in it: nothing is
// signaled then.
//
// Linux before 5.14 has no cgroup.kill. There the group is frozen, so that no process forks,
// and each process is killed.
func (g Group) Kill() error {
	if err := g.mayBeSignaled(); err != nil {
		return err
	}
	err := g.write("cgroup.kill", "1")
	if !isUnsupported(err) {
		return err
	}
	frozen := g.write("cgroup.freeze", "1") == nil // else a process may fork between two lists
	defer func() {
		if frozen {
			_ = g.Thaw() // a frozen process dies of SIGKILL, too
		}
	}()
	return g.Signal(unix.SIGKILL)
}

// errRoot means that a group has all processes of the machine, or of a container.
var errRoot = errors.New("it is the root of the hierarchy, whose processes are not signaled")

// errOwn means that the group is the caller's own, or above that: the caller's session, its
// terminal and all that runs beside it may be there.
var errOwn = errors.New("the caller is in it, and signals no group of its own")

// mayBeSignaled says why the processes of a group are not signaled.
func (g Group) mayBeSignaled() error {
	if err := g.refuseRoot(); err != nil {
		return err
	}
	if g.hasCaller() {
		return fmt.Errorf("%s: %w", g.Dir, errOwn)
	}
	return nil
}

// hasCaller reports whether the caller is in the group or below it. A group has two names for that:
// one of them may not be known, and a mount may be in two places.
func (g Group) hasCaller() bool {
	own, err := Of(0)
	if err == nil && (Contains(g.Path, own.Path) || Contains(g.Dir, own.Dir)) {
		return true
	}
	pids, err := g.Processes()
	return err == nil && slices.Contains(pids, unix.Getpid())
}

// refuseRoot refuses the root of a hierarchy, which alone has no cgroup.events.
func (g Group) refuseRoot() error {
	if g.Dir == "" || g.Path == "/" {
		return fmt.Errorf("%s: %w", g.Dir, errRoot)
	}
	err := unix.Access(filepath.Join(g.Dir, "cgroup.events"), unix.F_OK)
	if err == unix.ENOENT && unix.Access(g.Dir, unix.F_OK) == nil {
		return fmt.Errorf("%s: %w", g.Dir, errRoot)
	}
	return nil
}

// maxRounds bounds how often [Group.Signal] lists the processes again.
const maxRounds = 20

// Signal sends signals to each process in the group and below it, once, in the order in which
// they are given. Processes that are forked meanwhile get them, too, unless that does not end.
// The error is [ErrGone] if there is no such group, and [unix.EPERM] if
// a process refuses signals of the caller's; the others have got theirs. Like [Group.Kill] it refuses
// the root, and a group that the caller is in.
func (g Group) Signal(signals ...unix.Signal) error {
	if err := g.mayBeSignaled(); err != nil {
		return err
	}
	sent, refused := map[int]bool{}, 0
	for range maxRounds {
		pids, err := g.Processes()
		if err != nil {
			return err
		}
		fresh := false
		for _, pid := range pids {
			if sent[pid] {
				continue
			}
			sent[pid], fresh = true, true
			if err := g.signal(pid, signals); errors.Is(err, unix.EPERM) {
				refused = pid
			}
		}
		if !fresh {
			break
		}
	}
	if refused != 0 {
		return fmt.Errorf("signal process %d: %w", refused, unix.EPERM)
	}
	return nil
}

// signal sends signals to a process, if it is in the group. A pidfd keeps the PID from becoming
// another process's between the look and the signal.
func (g Group) signal(pid int, signals []unix.Signal) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err == unix.ESRCH {
		return nil
	}
	if err == nil {
		defer unix.Close(fd)
	}
	if path, pathErr := PathOf(pid); pathErr == nil && g.Path != "" && !Contains(g.Path, path) {
		return nil
	}
	for _, sig := range signals {
		if fd < 0 || err != nil { // Linux before 5.3, or seccomp(2)
			err = unix.Kill(pid, sig)
		} else {
			err = unix.PidfdSendSignal(fd, sig, nil, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
