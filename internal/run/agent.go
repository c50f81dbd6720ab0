package run

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/helper"
	"gorun/internal/output"
	"gorun/scope"
)

// mayAsk reports whether polkit may ask for a password: the system manager is asked, and
// there is a terminal.
func (c *Config) mayAsk() bool {
	return c.Spec.Manager != scope.Embedded && !c.NoAskPassword && !c.isOfUser() && account.OwnUID() != 0 && output.IsTerminal(0)
}

// withAgent asks the manager for something that polkit may want a password for. isReady says that
// somebody can be asked.
func (c *Config) withAgent(ask func(isReady bool) error) error {
	if !c.mayAsk() {
		return ask(false)
	}
	isReady, stop := startAgent()
	defer stop()
	return ask(isReady)
}

// agentTimeout bounds the wait until the agent is ready, which takes some tens of
// milliseconds.
const agentTimeout = 5 * time.Second

// startAgent starts pkttyagent(1), which asks on the terminal on behalf of polkit unless
// a graphical agent does. Without an agent polkit refuses, and says why.
func startAgent() (ready bool, stop func()) {
	opened, notify, err := os.Pipe()
	if err != nil {
		return false, func() {}
	}
	defer opened.Close()
	cmd := helper.New("pkttyagent", "--notify-fd=3", "--fallback", fmt.Sprintf("--process=%d", os.Getpid()))
	cmd.ForPeople = true
	cmd.ExtraFiles = []*os.File{notify}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stderr, os.Stderr
	err = cmd.Start()
	notify.Close()
	if err != nil {
		return false, func() {}
	}
	opened.SetReadDeadline(time.Now().Add(agentTimeout))
	io.Copy(io.Discard, opened) // the agent closes the pipe when it is ready
	return true, func() {
		cmd.Signal(unix.SIGTERM) // the agent restores the terminal
		cmd.Wait()
	}
}
