package embedded

import (
	"context"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// keeperVariable names a run to a keeper: DIRECTORY:INVOCATION:UNIT.
const keeperVariable = "GORUN_KEEPER"

// startKeeper starts a program that calls [Keep] and supervises the run from now on. It is in the
// caller's group, in a session of its own.
func startKeeper(r *Run, program string) error {
	if program == "" || r.RuntimeDir == "" {
		return os.ErrNotExist // the keeper could not find the run
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	env := append(os.Environ(), keeperVariable+"="+strings.Join([]string{r.RuntimeDir, r.record.InvocationID, r.record.Unit}, ":"))
	pid, err := syscall.ForkExec(program, []string{"gorun: " + r.record.Unit}, &syscall.ProcAttr{
		Dir: "/", Env: env, Files: []uintptr{uintptr(null), uintptr(null), uintptr(null)},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return err
	}
	r.record.Supervisor, r.own = identify(pid), false // until it says so itself
	r.save()
	return nil
}

// IsKeeper reports whether this process was started by [startKeeper]. It is to be asked first.
func IsKeeper() bool { return os.Getenv(keeperVariable) != "" }

// Keep supervises the run that a supervisor has left to this process, until it has ended.
func Keep() {
	parts := strings.SplitN(os.Getenv(keeperVariable), ":", 3)
	os.Unsetenv(keeperVariable)
	if len(parts) != 3 || !slices.Contains(RuntimeDirs(), parts[0]) {
		return
	}
	r, err := openIn(parts[0], recordName(parts[2]))
	if err != nil || r.record.InvocationID != parts[1] {
		return // it has ended
	}
	r.record.Supervisor, r.own = identify(os.Getpid()), true
	r.save()
	r.Guard()
	if r.WaitEmpty(context.Background()) == nil {
		r.guard.end()
		r.Abandon()
	}
}
