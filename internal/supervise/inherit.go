package supervise

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// files are the command's standard descriptors. Go's runtime opened /dev/null for those
// that were closed when the process started; the command gets them closed.
func files() []uintptr {
	list := []uintptr{0, 1, 2}
	for fd := range list {
		if entry.Closed(fd) {
			list[fd] = ^uintptr(0)
		}
	}
	return list
}

// closeAsAtStart does what files does, for a command that replaces the process.
func closeAsAtStart() {
	for fd := range 3 {
		if entry.Closed(fd) {
			unix.CloseOnExec(fd)
		}
	}
}

// ignoreChildAsAtStart ignores SIGCHLD again for a command that replaces the process.
// A supervisor cannot: a process that ignores SIGCHLD does not learn how its children
// end.
func ignoreChildAsAtStart() {
	if entry.Ignored(unix.SIGCHLD) {
		signals.SetAction(unix.SIGCHLD, &signals.Action{Handler: signals.Ignore}) // on failure it stays not ignored
	}
}

// LeaveInherited closes the descriptors that the command has inherited, except standard
// error and keep. So the command alone decides how long they are open: a reader waits
// until every holder closes the pipe, and the last user keeps a lock or a file system
// busy. The supervisor's own descriptors are close-on-exec.
func LeaveInherited(keep ...int) {
	unix.Chdir("/") // on failure the working directory stays in use
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
			Replace(fd, os.DevNull, unix.O_RDWR) // if it were closed, another file would get its number
		default:
			unix.Close(fd)
		}
	}
}

// Replace opens a file at an existing descriptor number. Commands inherit it.
func Replace(fd int, file string, flags int) error {
	n, err := unix.Open(file, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(n)
	return os.NewSyscallError("dup3", unix.Dup3(n, fd, 0))
}
