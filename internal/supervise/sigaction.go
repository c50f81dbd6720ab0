package supervise

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// action is the kernel's struct sigaction. Only its first word, the handler, is
// looked at: the rest differs between architectures, and is put back as it was.
type action struct {
	handler uintptr
	rest    [3]uintptr
}

// The handlers that are no functions (signal.h).
const (
	handlerDefault = 0
	handlerIgnore  = 1
)

// maskSize is the size of the kernel's sigset_t.
const maskSize = 8

// setAction installs the action for a signal behind the back of Go's runtime,
// which cannot give a signal its default action while it waits for it, and returns
// what was there. A nil action changes nothing.
func setAction(signal unix.Signal, new *action) (old action, err error) {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(signal),
		uintptr(unsafe.Pointer(new)), uintptr(unsafe.Pointer(&old)), maskSize, 0, 0)
	if errno != 0 {
		return old, fmt.Errorf("set the action of signal %d: %w", signal, errno)
	}
	return old, nil
}

// isIgnored tells whether the process ignores a signal.
func isIgnored(signal unix.Signal) bool {
	a, err := setAction(signal, nil)
	return err == nil && a.handler == handlerIgnore
}

// raise takes a signal's default action on this process: it stops, dies, or goes
// on if the default is to do nothing. Afterwards the signal is handled as before.
func raise(signal unix.Signal) error {
	// The signal goes to this thread alone: one sent to the process might be
	// taken by another thread after the handler is back.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if signal != unix.SIGKILL && signal != unix.SIGSTOP {
		old, err := setAction(signal, &action{handler: handlerDefault})
		if err != nil {
			return err
		}
		defer setAction(signal, &old) // it was accepted before
	}
	if err := unblock(signal); err != nil {
		return err
	}
	if err := unix.Tgkill(os.Getpid(), unix.Gettid(), signal); err != nil {
		return fmt.Errorf("send signal %d to myself: %w", signal, err)
	}
	return nil
}

// unblock lets a signal through to the calling thread.
func unblock(signal unix.Signal) error {
	set := setOf(signal)
	return unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil)
}

// block holds a signal back from the calling thread until restore is called.
func block(signal unix.Signal) (restore func(), err error) {
	runtime.LockOSThread()
	set := setOf(signal)
	var old unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, &old); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	return func() {
		unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil) // it was this before
		runtime.UnlockOSThread()
	}, nil
}

// setOf is the set of one signal.
func setOf(signal unix.Signal) (set unix.Sigset_t) {
	bits := uint(unsafe.Sizeof(set.Val[0]) * 8)
	n := uint(signal) - 1
	set.Val[n/bits] |= 1 << (n % bits)
	return set
}

// loud are the signals for which Go's runtime prints all goroutines.
var loud = []unix.Signal{unix.SIGQUIT, unix.SIGABRT}

// DefaultUntilStart gives QUIT and ABRT their plain default actions until [Start].
func DefaultUntilStart() {
	for _, sig := range loud {
		setAction(sig, &action{handler: handlerDefault}) // at worst some lines too many
	}
}

// handleLoud has the runtime handle again what DefaultUntilStart took from it. It
// has one handler for all signals, so that USR1's will do.
func handleLoud() {
	runtimes, err := setAction(unix.SIGUSR1, nil)
	if err != nil {
		return // then their default action kills us and the command both
	}
	for _, sig := range loud {
		setAction(sig, &runtimes) // as above
	}
}
