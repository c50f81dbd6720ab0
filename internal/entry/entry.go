// Package entry records what Go's runtime changes before main: which signals were
// ignored or blocked when the process started, and which standard descriptors were
// closed.
//
// It also blocks signals until [Unblock], because the runtime would drop some of them
// and print all goroutines on others. The runtime itself unblocks HUP, INT, QUIT, ABRT and TERM when
// it starts: for a moment it still prints all goroutines on QUIT and ABRT.
//
// A few instructions do this before the runtime starts, on amd64 and arm64, if the
// program was linked with -ldflags='-E gorun_entry'. They also give the program's threads a long
// timer slack, which saves CPU time. Without them nothing is known, and [Ran] returns false.
package entry

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The instructions before the runtime write these.
var (
	ran     uint32
	ignored uint64 // a bit for each signal, the lowest for number 1
	blocked uint64 // the same
	closed  uint32 // a bit for each descriptor from 0 to 2
)

// held are the signals that are blocked until [Unblock]: all but those of faults, CHLD,
// CONT, and those that Go's runtime (URG, 32 to 34) and its profiler use.
const held = ^uint64(1<<(unix.SIGILL-1) | 1<<(unix.SIGTRAP-1) | 1<<(unix.SIGBUS-1) | 1<<(unix.SIGFPE-1) | 1<<(unix.SIGSEGV-1) |
	1<<(unix.SIGSYS-1) | 1<<(unix.SIGSTKFLT-1) | 1<<(unix.SIGCHLD-1) | 1<<(unix.SIGCONT-1) | 1<<(unix.SIGURG-1) | 1<<(unix.SIGPROF-1) |
	1<<31 | 1<<32 | 1<<33)

// mask is held, as a variable for the instructions before the runtime.
//
//lint:ignore U1000 the assembly reads it
var mask uint64 = held

// Unblock gives the calling thread the signal mask that the process was started with.
// From then on this thread receives the signals. The goroutine should be locked to the thread.
func Unblock() {
	if Ran() {
		setMask(blockedSet(), nil)
	}
}

// Inherit calls f in a thread with the signal mask and the timer slack that the process was started
// with, and see [UseSmallPages].
// Every fork belongs in such an f: a process inherits the mask of the thread that forks
// it, and the runtime gives each thread that it makes the mask that blocks most signals.
func Inherit(f func() error) error {
	if !Ran() {
		return inheritPages(f) // nothing is known, and nothing has been blocked
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old unix.Sigset_t
	setMask(blockedSet(), &old)
	defer setMask(&old, nil)
	return inheritSlack(func() error { return inheritPages(f) })
}

// setMask cannot fail: the sets are ours.
func setMask(set, old *unix.Sigset_t) { unix.PthreadSigmask(unix.SIG_SETMASK, set, old) }

// blockedSet has the signals that were blocked.
func blockedSet() *unix.Sigset_t {
	var set unix.Sigset_t
	*(*uint64)(unsafe.Pointer(&set)) = blocked // the kernel's sigset_t has 64 bits
	return &set
}

// Ran reports whether the instructions ran. If not, nothing is known.
func Ran() bool { return ran != 0 }

// Ignored reports whether a signal was ignored.
func Ignored(sig unix.Signal) bool { return ignored&bit(sig) != 0 }

// Blocked reports whether a signal was blocked.
func Blocked(sig unix.Signal) bool { return blocked&bit(sig) != 0 }

// Closed reports whether a standard descriptor was closed.
func Closed(fd int) bool { return closed&(1<<fd) != 0 }

func bit(sig unix.Signal) uint64 { return 1 << (uint(sig) - 1) }
