package signals

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Action is the kernel's struct sigaction on 64-bit machines. An Action that [SetAction]
// returned can be restored on any machine.
type Action struct {
	// Handler is [Default], [Ignore] or a function's address.
	Handler  uintptr
	flags    uintptr
	restorer uintptr
	mask     uint64
}

// Handlers that are not functions (signal.h).
const (
	Default = 0
	Ignore  = 1
)

// maskSize is the size of the kernel's sigset_t.
const maskSize = 8

// SetAction installs the action for a signal, and returns the old action. Go's runtime does
// not know of it. A nil action changes nothing.
func SetAction(signal unix.Signal, new *Action) (old Action, err error) {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(signal),
		uintptr(unsafe.Pointer(new)), uintptr(unsafe.Pointer(&old)), maskSize, 0, 0)
	if errno != 0 {
		return old, fmt.Errorf("set the action of signal %d: %w", signal, errno)
	}
	return old, nil
}

// IsIgnored reports whether the process ignores a signal.
func IsIgnored(signal unix.Signal) bool {
	a, err := SetAction(signal, nil)
	return err == nil && a.Handler == Ignore
}
