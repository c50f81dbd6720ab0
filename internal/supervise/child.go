package supervise

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Child is a command that is running.
type Child struct {
	pid         int
	inbox       *inbox
	hadTerminal bool
	stopping    func(unix.Signal) bool
}

// Options adapt the supervision to where it happens. The zero value suits a
// command that nobody else sends signals to.
type Options struct {
	// Stopping tells whether a signal that came to the supervisor was sent to
	// the command as well, by a manager that stops them all. Nil means never.
	Stopping func(unix.Signal) bool
}

// Start starts the command. From here on signals to the supervisor are the
// command's. The error is a [*StartError].
func Start(c Command, o Options) (*Child, error) {
	if o.Stopping == nil {
		o.Stopping = func(unix.Signal) bool { return false }
	}
	child := &Child{inbox: catch(), hadTerminal: lookAtTerminal().exists, stopping: o.Stopping}
	var err error
	child.pid, err = c.fork()
	return child, err
}

// PID is the command's process.
func (c *Child) PID() int { return c.pid }

// Wait forwards signals, stops and continues with the command, and returns how it
// ended. It has no deadline: the command has none.
func (c *Child) Wait() Status {
	for {
		select {
		case <-c.inbox.children:
			if status, ended := c.reap(); ended {
				return status
			}
		case sig := <-c.inbox.signals:
			c.take(unix.Signal(sig.(syscall.Signal)))
		}
	}
}

// take handles a signal that came to the supervisor.
func (c *Child) take(sig unix.Signal) {
	if sig == unix.SIGCONT {
		c.wake() // whoever woke us meant the command
	}
	now, _ := c.situation()
	if now.forward(sig) {
		unix.Kill(c.pid, sig) // not reaped, so at worst a zombie that ignores it
	}
}

// reap looks at what has become of the child.
func (c *Child) reap() (s Status, ended bool) {
	for {
		var w unix.WaitStatus
		pid, err := unix.Wait4(c.pid, &w, unix.WNOHANG|unix.WUNTRACED, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			// ECHILD: whoever started us ignores SIGCHLD, so that the kernel
			// keeps no status.
			return Status{}, true
		case pid == 0:
			return Status{}, false
		case w.Stopped():
			c.stopWith(w.StopSignal())
		default:
			return statusOf(w), true
		}
	}
}

// stopWith stops the supervisor like the command, so that a shell sees the job
// stop, and not before it has: a full-screen program first restores the terminal.
func (c *Child) stopWith(sig syscall.Signal) {
	before, childForeground := c.situation()
	if !before.mirrors(unix.Signal(sig), childForeground) {
		return
	}
	raise(unix.Signal(sig)) // comes back with SIGCONT; if it fails we just go on
	if c.wake() && childForeground {
		giveTerminal(c.group()) // the terminal may be gone by now
	}
}

// wake continues the command if it is stopped, all of its group if that is not
// ours.
func (c *Child) wake() bool {
	if !c.isStopped() {
		return false
	}
	target := c.pid
	if group := c.group(); group != unix.Getpgrp() {
		target = -group
	}
	return unix.Kill(target, unix.SIGCONT) == nil
}

// situation looks at the terminal. childForeground tells whether it belongs to a
// group of the command's own.
func (c *Child) situation() (now situation, childForeground bool) {
	tty := lookAtTerminal()
	own := unix.Getpgrp()
	session, _ := unix.Getsid(0) // of oneself: cannot fail
	return situation{
		foreground:  tty.exists && tty.foreground == own,
		terminal:    tty.exists,
		hadTerminal: c.hadTerminal,
		leader:      session == os.Getpid(),
		stopping:    c.stopping,
	}, tty.exists && tty.foreground != own && tty.foreground == c.group()
}

// group is the command's process group.
func (c *Child) group() int {
	group, err := unix.Getpgid(c.pid)
	if err != nil {
		return unix.Getpgrp()
	}
	return group
}

// isStopped reads the third field of /proc/PID/stat, after the name in
// parentheses:
//
//	1234 (sleep) T 1 1234 ...
func (c *Child) isStopped() bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/stat")
	if err != nil {
		return false // ended
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(after, []byte(" T"))
}
