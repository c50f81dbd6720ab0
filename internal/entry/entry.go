// Package entry knows what Go's runtime forgets before main: which signals were
// ignored and which blocked when the process started, and which of the standard
// descriptors were closed.
//
// It takes a few instructions that run before the runtime does, on amd64 and arm64,
// if the program was linked with -ldflags='-E gorun_entry'. Without that nothing is
// known, and [Ran] says so.
package entry

import "golang.org/x/sys/unix"

// What the instructions before the runtime write.
var (
	ran     uint32
	ignored uint64 // a bit for each signal, the lowest for number 1
	blocked uint64 // likewise
	closed  uint32 // a bit for each descriptor from 0 to 2
)

// Ran tells whether anything is known.
func Ran() bool { return ran != 0 }

// Ignored tells whether a signal was ignored.
func Ignored(sig unix.Signal) bool { return ignored&bit(sig) != 0 }

// Blocked tells whether a signal was blocked.
func Blocked(sig unix.Signal) bool { return blocked&bit(sig) != 0 }

// Closed tells whether a standard descriptor was closed.
func Closed(fd int) bool { return closed&(1<<fd) != 0 }

func bit(sig unix.Signal) uint64 { return 1 << (uint(sig) - 1) }
