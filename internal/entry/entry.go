// Package entry knows what Go's runtime forgets before main: which signals were
// ignored and which blocked when the process started, and which of the standard
// descriptors were closed.
//
// And it holds back until [Unblock] the signals that would otherwise meet a runtime
// which drops some of them and prints all goroutines on others.
//
// It takes a few instructions that run before the runtime does, on amd64 and arm64,
// if the program was linked with -ldflags='-E gorun_entry'. Without that nothing is
// known, and [Ran] says so.
package entry

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the instructions before the runtime write.
var (
	ran     uint32
	ignored uint64 // a bit for each signal, the lowest for number 1
	blocked uint64 // likewise
	closed  uint32 // a bit for each descriptor from 0 to 2
)

// held are the signals that are held back: all but those of faults, CHLD, CONT, and
// what Go's runtime (URG, 32 to 34) and its profiler use.
const held = ^uint64(1<<(unix.SIGILL-1) | 1<<(unix.SIGTRAP-1) | 1<<(unix.SIGBUS-1) | 1<<(unix.SIGFPE-1) | 1<<(unix.SIGSEGV-1) |
	1<<(unix.SIGSYS-1) | 1<<(unix.SIGSTKFLT-1) | 1<<(unix.SIGCHLD-1) | 1<<(unix.SIGCONT-1) | 1<<(unix.SIGURG-1) | 1<<(unix.SIGPROF-1) |
	1<<31 | 1<<32 | 1<<33)

// mask is held, where the instructions before the runtime find it.
//
//lint:ignore U1000 the assembly reads it
var mask uint64 = held

// Unblock gives the calling thread, to which the goroutine should be locked, the
// signal mask that the process was started with. It is the one that receives signals
// from then on, and whose children inherit the mask.
func Unblock() {
	if !Ran() {
		return
	}
	var set unix.Sigset_t
	*(*uint64)(unsafe.Pointer(&set)) = blocked       // the kernel's sigset_t, of 64 bits
	unix.PthreadSigmask(unix.SIG_SETMASK, &set, nil) // cannot fail: the set is ours
}

// Ran tells whether anything is known.
func Ran() bool { return ran != 0 }

// Ignored tells whether a signal was ignored.
func Ignored(sig unix.Signal) bool { return ignored&bit(sig) != 0 }

// Blocked tells whether a signal was blocked.
func Blocked(sig unix.Signal) bool { return blocked&bit(sig) != 0 }

// Closed tells whether a standard descriptor was closed.
func Closed(fd int) bool { return closed&(1<<fd) != 0 }

func bit(sig unix.Signal) uint64 { return 1 << (uint(sig) - 1) }
