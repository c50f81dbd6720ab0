package supervise

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// files are the command's standard descriptors: those that were closed when the
// process started, for which Go's runtime has opened /dev/null, are closed again.
func files() []uintptr {
	list := []uintptr{0, 1, 2}
	for fd := range list {
		if entry.Closed(fd) {
			list[fd] = ^uintptr(0)
		}
	}
	return list
}

// closeAsAtStart does the same for a command that replaces the process.
func closeAsAtStart() {
	for fd := range 3 {
		if entry.Closed(fd) {
			unix.CloseOnExec(fd)
		}
	}
}

// ignoreChildAsAtStart ignores SIGCHLD again for a command that replaces the process.
// A supervisor cannot: what ignores it does not learn how its children end.
func ignoreChildAsAtStart() {
	if entry.Ignored(unix.SIGCHLD) {
		signals.SetAction(unix.SIGCHLD, &signals.Action{Handler: signals.Ignore}) // at worst as without
	}
}

// blockAsAtStart blocks for the calling thread, and so for the commands that it
// starts, what was blocked when the process started. Go's runtime has unblocked
// some of it.
func blockAsAtStart() (restore func(), err error) {
	var list []unix.Signal
	for s := unix.Signal(1); s <= lastSignal; s++ {
		if entry.Blocked(s) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return func() {}, nil
	}
	return block(list...)
}

// LeaveInherited gives up what the command has inherited, for the command to decide how
// long that is open: who reads from it waits for all that hold the other end, a lock or
// a file system is held by its last user. What is kept are standard error and keep. All
// that is the supervisor's own is close-on-exec.
func LeaveInherited(keep ...int) {
	unix.Chdir("/") // at worst all stays as it is
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range open {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd == 2 || slices.Contains(keep, fd) {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		switch {
		case err != nil || flags&unix.FD_CLOEXEC != 0:
		case fd < 2:
			Replace(fd, os.DevNull, unix.O_RDWR) // closed, its number would be another file's
		default:
			unix.Close(fd)
		}
	}
}

// Replace opens a file in the place of a descriptor, which commands inherit.
func Replace(fd int, file string, flags int) error {
	n, err := unix.Open(file, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(n)
	return os.NewSyscallError("dup3", unix.Dup3(n, fd, 0))
}
