package supervise

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// raise takes a signal's default action on this process: it stops, dies, or keeps
// running if the default is to do nothing. Afterwards the signal is handled as before.
func raise(signal unix.Signal) error {
	// The signal goes to this thread alone. Another thread might take a signal to
	// the process only after the handler is restored.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if signal != unix.SIGKILL && signal != unix.SIGSTOP {
		old, err := signals.SetAction(signal, &signals.Action{Handler: signals.Default})
		if err != nil {
			return err
		}
		defer signals.SetAction(signal, &old) // it was accepted before
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

// block holds signals back from the calling thread until restore is called.
func block(list ...unix.Signal) (restore func(), err error) {
	runtime.LockOSThread()
	set := setOf(list...)
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

// setOf makes a set of signals.
func setOf(list ...unix.Signal) (set unix.Sigset_t) {
	bits := uint(unsafe.Sizeof(set.Val[0]) * 8)
	for _, signal := range list {
		n := uint(signal) - 1
		set.Val[n/bits] |= 1 << (n % bits)
	}
	return set
}
