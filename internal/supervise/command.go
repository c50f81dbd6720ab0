package supervise

import (
	"errors"
	"slices"
	"syscall"
)

// shell runs executables that have no format the kernel knows, as execvp(3) does.
const shell = "/bin/sh"

// Command is what is to be run.
type Command struct {
	File string   // the file, from [Find]
	Args []string // with the name as it was given in front
	Env  []string // NAME=VALUE; nil means no environment at all
}

// Exec becomes the command. It returns only if that fails, with a [*StartError].
func (c Command) Exec() error {
	return c.execute(func(file string, args []string) error {
		return syscall.Exec(file, args, c.Env)
	})
}

// fork starts the command in a process of its own. Descriptors without
// FD_CLOEXEC are inherited, as from a shell.
func (c Command) fork() (pid int, err error) {
	err = c.execute(func(file string, args []string) error {
		var err error
		pid, err = syscall.ForkExec(file, args, &syscall.ProcAttr{Env: c.Env, Files: []uintptr{0, 1, 2}})
		return err
	})
	return pid, err
}

// execute calls exec for the file, or for the shell if the file is a script that
// does not name its interpreter.
func (c Command) execute(exec func(file string, args []string) error) error {
	err := exec(c.File, c.Args)
	if errors.Is(err, syscall.ENOEXEC) {
		err = exec(shell, slices.Concat([]string{shell, c.File}, c.Args[1:]))
	}
	return startError(c.Args[0], err)
}
