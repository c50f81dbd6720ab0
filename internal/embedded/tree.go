package embedded

import (
	"context"
	"os"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// becomeSubreaper makes this process the parent of its descendants whose own parent ends, so that
// they stay its descendants. It returns whether it was already: 1 or 0.
func becomeSubreaper() (was uintptr, err error) {
	var is int32
	err = unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&is)), 0, 0, 0)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
	return uintptr(is), os.NewSyscallError("prctl", err)
}

// hasChildren reports whether this process has a child, of whatever thread, also one that has ended.
// A subreaper without one has no descendants.
func hasChildren() bool {
	for {
		switch unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) {
		case unix.EINTR:
		case unix.ECHILD:
			return false
		default:
			return true
		}
	}
}

// maxLooks bounds how often this process's descendants are listed, which a list may miss when they
// fork and end while it is made.
const maxLooks = 10

// descendants lists the processes that descend from one, without itself, without zombies, and without
// some others and what descends from them.
func descendants(root int, others []identity) ([]int, error) {
	isOther := func(pid int) bool {
		return slices.ContainsFunc(others, func(i identity) bool { return i.PID == pid && identify(pid) == i })
	}
	isOwn := root == os.Getpid()
	for range maxLooks {
		if isOwn && !hasChildren() {
			return nil, nil
		}
		list := descendantsOf(root, isOther)
		if len(list) > 0 {
			return list, nil
		}
		if !isOwn {
			break
		}
	}
	return findDescendants(root, isOther)
}

// descendantsOf lists descendants by what the kernel says of each one's children. That is faster than
// a process can fork, whatever else runs on the machine. The kernel may lack it (CONFIG_PROC_CHILDREN).
func descendantsOf(root int, isOther func(pid int) bool) []int {
	all := slices.DeleteFunc(childrenOf(root), isOther)
	for i := 0; i < len(all); i++ {
		for _, pid := range childrenOf(all[i]) {
			if !slices.Contains(all, pid) && !isOther(pid) { // it may have been adopted meanwhile
				all = append(all, pid)
			}
		}
	}
	return slices.DeleteFunc(all, process.IsExiting)
}

// findDescendants looks at all processes of the machine.
func findDescendants(root int, isOther func(pid int) bool) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || isOther(pid) {
			continue
		}
		if parent, err := process.ParentOf(pid); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	var all []int
	for next := slices.Clone(children[root]); len(next) > 0; next = next[1:] {
		all = append(all, next[0])
		next = append(next, children[next[0]]...)
	}
	return slices.DeleteFunc(all, process.IsExiting), nil
}

// Reap waits for the children that the supervisor has adopted and that have ended. own is its own
// child, for which it waits itself.
func Reap(own int) {
	for _, pid := range childrenOf(os.Getpid()) {
		if pid != own && process.IsExiting(pid) {
			unix.Wait4(pid, nil, unix.WNOHANG, nil) // if it has not ended, the next call does
		}
	}
}

// childrenOf lists the children that all threads of a process have, and those that it has adopted.
func childrenOf(pid int) (list []int) {
	threads, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task") // without it there are none
	for _, t := range threads {
		list = append(list, process.ChildrenOfThread(pid, t.Name())...)
	}
	return list
}

// awaitNone returns when a list of processes is empty.
func awaitNone(ctx context.Context, list func() ([]int, error)) error {
	for {
		pids, err := list()
		if len(pids) == 0 || err != nil {
			return err
		}
		if err := awaitEnd(ctx, pids[0]); err != nil {
			return err
		}
	}
}

// awaitEnd waits until a process has ended. If ctx ends first, the error is its cause.
func awaitEnd(ctx context.Context, pid int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	process, err := unix.PidfdOpen(pid, 0)
	if err == unix.ESRCH {
		return nil
	}
	if err != nil {
		return os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(process)
	over, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	defer unix.Close(over)
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		unix.Write(over, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // cannot fail: the counter is 0
	})
	defer func() {
		if !stop() {
			<-told // before over is closed
		}
	}()
	fds := []unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}, {Fd: int32(over), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return os.NewSyscallError("poll", err)
		case fds[0].Revents != 0:
			return nil
		default:
			return context.Cause(ctx)
		}
	}
}
