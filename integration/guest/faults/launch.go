package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// launch is one start of gorun.
type launch struct {
	n       int
	printed bytes.Buffer
	process *exec.Cmd
	status  syscall.WaitStatus
	err     error // gorun did not even start
}

// id names the launch in what its command writes.
func (l *launch) id() string { return strconv.Itoa(l.n) }

// do starts gorun, disturbs it and waits for its end.
func (l *launch) do(file string, c testCase, disturb func(*launch)) {
	command := append([]string{self, commandWord, file, l.id()}, c.arguments...)
	args := append(c.gorun(l.n), command...)
	l.process = exec.Command(args[0], args[1:]...)
	l.process.Stderr = &l.printed
	l.process.Env = append(l.process.Environ(), c.env...)
	// What gorun leaves behind may hold its standard error.
	l.process.WaitDelay = time.Second
	if l.err = l.process.Start(); l.err != nil {
		return
	}
	if disturb != nil {
		disturb(l)
	}
	l.process.Wait() // the state tells
	l.status = l.process.ProcessState.Sys().(syscall.WaitStatus)
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
