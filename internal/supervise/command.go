package supervise

import (
	"errors"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
)

// shell runs executables whose format the kernel does not know, as execvp(3) does.
const shell = "/bin/sh"

// Command describes the command to run.
type Command struct {
	File string   // the file, from [Find]
	Args []string // the name as given, then the arguments
	Env  []string // NAME=VALUE; nil means no environment at all

	// Dir is the working directory; empty means the caller's.
	Dir string
	// Nice is the niceness, from -20 to 19; nil means the caller's.
	Nice *int
	// OOMScore is the rank for the kernel's OOM killer, from -1000 to 1000; nil means the
	// caller's.
	OOMScore *int
	// Identity is the user that the command runs as; nil means the caller.
	Identity *Identity

	// Within calls fork on the thread that forks the command, with a descriptor of the directory of
	// the cgroup that it starts in, or -1 for the thread's own. What a thread is in, a process forked
	// by another thread is not. Nil forks it in the caller's cgroup.
	Within func(fork func(cgroup int) (pid int, err error)) (pid int, err error)

	// deathSignal is the signal that a forked command gets when the supervisor ends; 0
	// means none.
	deathSignal unix.Signal
	// pidfd receives the pidfd of a forked command; nil means that none is made.
	pidfd *int
}

// exec replaces the process with the command. It returns only if that fails.
func (c Command) exec() error {
	if err := c.become(); err != nil {
		return err
	}
	return c.execute(func(file string, args []string) error {
		return entry.Inherit(func() error { return syscall.Exec(file, args, c.Env) })
	})
}

// fork starts the command in a process of its own. Descriptors without
// FD_CLOEXEC are inherited, as from a shell.
func (c Command) fork() (pid int, err error) {
	restore, err := c.setOOMScore()
	if err != nil {
		return 0, err
	}
	defer restore()
	if c.Nice == nil {
		return c.forkHere()
	}
	forked := make(chan struct{})
	go func() {
		defer close(forked)
		// The niceness belongs to the thread, and its children inherit it. Without
		// privilege it cannot be lowered again, so the thread ends with this
		// goroutine.
		runtime.LockOSThread()
		if err = c.setNice(); err == nil {
			pid, err = c.forkHere()
		}
	}()
	<-forked
	return pid, err
}

// forkHere starts the command with the attributes of the calling thread.
func (c Command) forkHere() (pid int, err error) {
	if c.Within == nil {
		return c.forkInto(-1)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return c.Within(c.forkInto)
}

// forkInto starts the command in the cgroup of a directory; -1 means the calling thread's.
func (c Command) forkInto(cgroup int) (pid int, err error) {
	attr := c.processAttributes(cgroup)
	err = c.execute(func(file string, args []string) error {
		return entry.Inherit(func() (err error) {
			pid, err = syscall.ForkExec(file, args, attr)
			return err
		})
	})
	return pid, err
}

// execute calls run for the file, or for the shell if the file is a script that does
// not name its interpreter.
func (c Command) execute(run func(file string, args []string) error) error {
	err := run(c.File, c.Args)
	if errors.Is(err, syscall.ENOEXEC) {
		err = run(shell, slices.Concat([]string{shell, c.File}, c.Args[1:]))
	}
	if err != nil {
		return &StartError{Name: c.Args[0], Dir: c.Dir, Err: err}
	}
	return nil
}
