package supervise

import (
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
