package embedded

import (
	"context"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
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
	attr := &syscall.ProcAttr{
		Dir: "/", Env: env, Files: []uintptr{uintptr(null), uintptr(null), uintptr(null)},
		Sys: &syscall.SysProcAttr{Setsid: true},
	}
	var pid int
	if err := entry.Inherit(func() (err error) {
		pid, err = syscall.ForkExec(program, []string{keeperName(r.record.Unit)}, attr)
		return err
	}); err != nil {
		return err
	}
	r.handOver(identify(pid)) // until it says so itself
	r.own = false
	return nil
}

// keeperName is the name that a keeper has among the processes.
func keeperName(unit string) string { return "gorun: " + unit }

// IsKeeper reports whether this process was started by [startKeeper]. Ask it before the
// arguments are read. The variable alone may come from anywhere.
func IsKeeper() bool {
	_, unit, ok := keptRun()
	return ok && len(os.Args) == 1 && os.Args[0] == keeperName(unit)
}

// keptRun is what the variable names: the invocation ID with its directory, and the unit.
func keptRun() (at [2]string, unit string, ok bool) {
	parts := strings.SplitN(os.Getenv(keeperVariable), ":", 3)
	if len(parts) != 3 {
		return at, "", false
	}
	return [2]string{parts[0], parts[1]}, parts[2], true
}

// Keep supervises the run that a supervisor has left to this process, until it has ended.
func Keep() {
	at, unit, _ := keptRun()
	os.Unsetenv(keeperVariable)
	if !slices.Contains(RuntimeDirs(), at[0]) {
		return
	}
	r, err := openIn(at[0], recordName(unit))
	if err != nil || r.record.InvocationID != at[1] || r.handOver(identify(os.Getpid())) != nil {
		return // it has ended
	}
	r.own = true
	r.beSeen()
	r.Guard()
	if r.WaitEmpty(context.Background()) == nil {
		r.Abandon()
	}
}
