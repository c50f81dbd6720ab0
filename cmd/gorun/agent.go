package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"gorun/scope"
)

// mayAsk tells whether polkit may ask for a password: for the system's manager, if
// there is somebody at a terminal.
func (o *options) mayAsk() bool {
	if o.noAskPassword || o.isUsers() || os.Geteuid() == 0 {
		return false
	}
	_, err := unix.IoctlGetTermios(0, unix.TCGETS)
	return err == nil
}

// agentTimeout bounds the wait for the agent to be ready, which takes some tens of
// milliseconds.
const agentTimeout = 5 * time.Second

// startAgent starts what asks on the terminal on behalf of polkit, pkttyagent(1),
// unless a graphical one does. Without it polkit refuses, which says enough.
func startAgent(spec *scope.Spec) (stop func()) {
	ready, notify, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	defer ready.Close()
	cmd := exec.Command("pkttyagent", "--notify-fd=3", "--fallback", fmt.Sprintf("--process=%d", os.Getpid()))
	cmd.ExtraFiles = []*os.File{notify}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stderr, os.Stderr
	err = cmd.Start()
	notify.Close()
	if err != nil {
		return func() {}
	}
	spec.Interactive = true
	ready.SetReadDeadline(time.Now().Add(agentTimeout))
	io.Copy(io.Discard, ready) // it closes the pipe when it is ready
	return func() {
		cmd.Process.Signal(unix.SIGTERM) // it puts the terminal back
		cmd.Wait()
	}
}
