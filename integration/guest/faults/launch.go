package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// launch is one start of gorun.
type launch struct {
	testCase  // what goes wrong with it
	n         int
	prefix    []string // in front of gorun
	more      []string // further options of gorun
	arguments []string // further ones of the command
	env       []string // further variables
	isInvalid bool     // gorun has to refuse it

	printed bytes.Buffer
	process *exec.Cmd
	status  syscall.WaitStatus
	memory  int64 // what gorun had, in KiB; 0 if that was not measured
	err     error // gorun did not even start
}

// id names the launch in what its command writes.
func (l *launch) id() string { return strconv.Itoa(l.n) }

// do starts gorun, disturbs it and waits for its end.
func (l *launch) do(file string, disturb func()) {
	args := slices.Concat(l.prefix, []string{"gorun", "-q"}, l.options, l.more, []string{self, commandWord, file, l.id()}, l.arguments)
	l.process = exec.Command(args[0], args[1:]...)
	l.process.Stderr = &l.printed
	l.process.Env = append(l.process.Environ(), l.env...)
	// What gorun leaves behind may hold its standard error.
	l.process.WaitDelay = time.Second
	if l.err = l.process.Start(); l.err != nil {
		return
	}
	if disturb != nil {
		disturb()
	}
	l.process.Wait() // the state tells
	l.status = l.process.ProcessState.Sys().(syscall.WaitStatus)
}

// sample takes gorun's memory after some time.
func (l *launch) sample(after time.Duration) {
	time.Sleep(after)
	l.memory = residentKiB(l.process.Process.Pid)
}

// given is what the command must get.
func (l *launch) given() string {
	for _, variable := range slices.Backward(l.env) {
		if value, ok := strings.CutPrefix(variable, oddVariable+"="); ok {
			return digest(l.arguments, value)
		}
	}
	return digest(l.arguments, "")
}

// verdict is how a launch has ended.
type verdict int

const (
	wellDone verdict = iota // the command ran, and gorun ended as it did
	refused                 // gorun said that it could not run the command
	died                    // gorun ended in a way of its own
	wrong
)

// judge says how the launch has ended. why is gorun's message, or what is wrong.
func (l *launch) judge(ran int) (v verdict, why string) {
	printed := strings.TrimSpace(l.printed.String())
	switch {
	case l.err != nil:
		return wrong, l.err.Error()
	case ran > 1:
		return wrong, fmt.Sprintf("the command ran %d times", ran)
	case l.isInvalid && (ran > 0 || !l.status.Exited() || l.status.ExitStatus() != refusedStatus):
		return wrong, fmt.Sprintf("status %d, and the command ran %d times: %s", l.status.ExitStatus(), ran, printed)
	case l.status.Exited() && l.status.ExitStatus() == 0:
		if ran == 0 {
			return wrong, fmt.Sprintf("status 0, but the command did not run: %s", printed)
		}
		return wellDone, ""
	case l.status.Exited() && l.status.ExitStatus() == refusedStatus:
		if ran == 1 {
			return wrong, fmt.Sprintf("status 125, but the command ran: %s", printed)
		}
		return refused, printed
	case l.status.Exited():
		return died, fmt.Sprintf("status %d: %s", l.status.ExitStatus(), printed)
	}
	return died, fmt.Sprintf("%s: %s", l.status.Signal(), printed)
}

// refusedStatus is gorun's own.
const refusedStatus = 125
