package supervise

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/process"
	"gorun/internal/signals"
)

// Supervisor receives the signals of the process, from [New] on.
type Supervisor struct {
	// LastWords is called in the goroutine of main before signals that came before the
	// command was started have their default actions on this process. It may say what
	// they mean, and may return how the process ends instead. Nil means no call.
	LastWords func([]signals.Info) (status Status, ends bool)

	inbox   *signals.Inbox
	signals chan signals.Info // in the order of arrival
	kept    []signals.Info    // arrived before the command could take them
}

// New makes the supervisor. A process can have only one.
func New() (*Supervisor, error) {
	inbox, err := signals.Catch(append(caught(), unix.SIGCHLD))
	if err != nil {
		return nil, &SetupError{Doing: "receive signals", Err: err}
	}
	s := &Supervisor{inbox: inbox, signals: make(chan signals.Info)}
	go s.receive()
	return s, nil
}

// receive passes signals on until the process ends, except those that our own writes
// cause.
func (s *Supervisor) receive() {
	for {
		i, err := s.inbox.Next()
		if err != nil {
			close(s.signals) // cannot happen: the pipe is ours
			return
		}
		if !isAboutOwnWrite(i) {
			s.signals <- i
		}
	}
}

// isAboutOwnWrite reports whether our own write caused the signal. The kernel sends it
// to the writer, with the writer's PID as the sender.
func isAboutOwnWrite(i signals.Info) bool {
	return i.ByProcess(os.Getpid()) && (i.Signal == unix.SIGPIPE || i.Signal == unix.SIGXFSZ)
}

// Child is a command that is running.
type Child struct {
	*Supervisor
	Options
	pid      int
	home     home
	lookout  lookout
	rechecks rechecks
	courier  *courier
	atStart  terminal
	prints   bool           // standard output is a terminal
	early    []signals.Info // arrived before it was started
	ignored  []unix.Signal  // ignored when it was started
	alone    bool           // it is stopped, or about to be, and the supervisor is not
	parted   bool           // it keeps running without the supervisor
}

// Route is what the supervisor does with a signal that came to it.
type Route int

const (
	// Forward sends the signal to the command, unless the terminal or the command's
	// group already did.
	Forward Route = iota
	// Delivered does nothing: the sender also sent the signal to the command.
	Delivered
	// Part ends the supervisor alone. The command keeps running.
	Part
)

// Options adapt the supervision to where it happens. The zero value suits a
// command that nobody else sends signals to.
type Options struct {
	// Heard is called with each signal to the supervisor, before it is routed. It may
	// find out who sent the signal. Nil means no call.
	Heard func(i signals.Info)
	// Route returns what to do with a signal that was heard. The command is the process
	// pid. Nil forwards all.
	Route func(i signals.Info, pid int) Route
	// Recheck is called three times while the command runs, within the first two seconds. Nil means no
	// call.
	Recheck func()
	// Orphans is called when a child has ended that may not be the command, but a process that
	// has lost its parent and become the supervisor's child. Nil means no call.
	Orphans func()
	// Ended is called when the command has ended and its PID is still its own. Nil means
	// no call.
	Ended func(pid int)
}

// Start starts the command. From then on the command gets the supervisor's signals.
// The error is a [*StartError] or a [*SetupError].
func (s *Supervisor) Start(c Command, o Options) (child *Child, err error) {
	if o.Heard == nil {
		o.Heard = func(signals.Info) {}
	}
	if o.Route == nil {
		o.Route = func(signals.Info, int) Route { return Forward }
	}
	child = &Child{Supervisor: s, Options: o, home: newHome(), atStart: lookAtTerminal(), prints: isTerminal(1)}
	pidfd := -1
	c.pidfd = &pidfd
	if child.pid, err = c.fork(); err != nil {
		return child, err
	}
	child.courier = newCourier(pidfd)
	child.ignored = ignored()
	s.receiveAll(child.ignored)
	child.early = s.untilNow()
	return child, nil
}

// receiveAll also receives the signals that were ignored or blocked, once the command
// has inherited that.
func (s *Supervisor) receiveAll(ignored []unix.Signal) {
	s.inbox.Add(ignored) // on failure they stay ignored
	if entry.Ran() {
		set := setOf(signalsThat(isTouched)...)          // those that stay ignored do not come
		unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil) // cannot fail: the set is ours
	}
}

// PID is the command's process ID.
func (c *Child) PID() int { return c.pid }

// RefusedForks is how many forks of the supervisor's own a limit on tasks has refused since
// the command runs.
func (c *Child) RefusedForks() uint64 {
	if c.home.noGroup == unix.EAGAIN {
		return 1
	}
	return 0
}

// Parted reports whether the supervisor left the command running, see [Part].
func (c *Child) Parted() bool { return c.parted }

// Wait forwards signals, stops and continues with the command, and returns how the
// command ended, or the signal that makes the supervisor part from it. It has no
// deadline: the command has none. Call it in the goroutine of main.
func (c *Child) Wait() Status {
	status := c.wait()
	c.lookBack()
	c.home.comeBack() // who waits for the job's end may signal its group
	if status.Signal != 0 && !c.parted {
		c.restoreModes()
	}
	return status
}

// lookBack calls Heard with signals that came before the command's end but have not been
// read yet, such as the one that stopped the command. Threads receive signals in
// parallel, so the news of the end may arrive first.
func (c *Child) lookBack() {
	list := c.untilNow()
	for _, i := range list {
		c.Heard(i)
	}
	c.putBack(list)
}

func (c *Child) wait() Status {
	for _, i := range c.early {
		c.takeEarly(i)
	}
	if status, ended := c.reap(); ended {
		return status
	}
	c.lookout.again(firstLook)
	if c.Recheck != nil {
		c.rechecks.begin()
	}
	for {
		select {
		case i, ok := <-c.signals:
			if !ok {
				return Status{Code: 255} // cannot happen: receive runs until the process ends
			}
			if i.Signal == unix.SIGCHLD {
				if c.Orphans != nil {
					c.Orphans()
				}
				break
			}
			c.Heard(i)
			if !slices.Contains(c.ignored, i.Signal) && c.Route(i, c.pid) == Part {
				c.parted = true
				c.courier.settle()
				return Status{Signal: i.Signal}
			}
			c.take(i)
		case <-c.lookout.timer.C:
			c.look()
		case <-c.rechecks.due():
			c.Recheck()
			c.rechecks.next()
		}
		// In a flood of signals a SIGCHLD may be lost.
		if status, ended := c.reap(); ended {
			return status
		}
	}
}

// takeEarly handles a signal that came before the command was started. A sender that
// signalled everyone did not reach the command. For a signal at the moment of the start
// this is not known: twice is better than lost. A signal from the command itself, such
// as one to the whole group, came after the start.
func (c *Child) takeEarly(i signals.Info) {
	if i.Signal == unix.SIGCHLD {
		return
	}
	c.Heard(i)
	if i.ByProcess(c.pid) {
		c.take(i)
		return
	}
	c.courier.toCommand(i.Signal)
}

// take handles a signal that came to the supervisor.
func (c *Child) take(i signals.Info) {
	now := c.situationFor(i)
	switch {
	case i.Signal == unix.SIGCONT:
		// A SIGCONT that is read late would undo the next stop.
		if c.alone {
			c.alone = false
			c.courier.toCommand(unix.SIGCONT)
		}
	case c.mayBeHangup(i):
		go c.passHangup(i.PID)
	case now.isJobs(i):
		group := c.group()
		giveTerminal(group) // fails for another session; the signal has to do there
		c.courier.toGroup(group, i.Signal)
	case now.forward(i):
		c.alone = c.alone || isStop(i.Signal)
		c.courier.toCommand(i.Signal)
	}
}

// reap reads the child's state changes.
func (c *Child) reap() (s Status, ended bool) {
	resumed := noStop
	if c.Ended != nil && c.hasEnded() {
		c.Ended(c.pid)
	}
	for {
		var w unix.WaitStatus
		pid, err := unix.Wait4(c.pid, &w, unix.WNOHANG|unix.WUNTRACED|unix.WCONTINUED, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return Status{Code: 255}, true // cannot happen: it is our child, and only we wait
		case pid == 0:
			// Nothing has changed since we stopped together: whoever continued us
			// did not continue the command.
			c.wake(resumed)
			return Status{}, false
		case w.Continued():
			resumed, c.alone = noStop, false
		case w.Stopped():
			resumed = c.stopWith(w.StopSignal())
		default:
			return statusOf(w), true
		}
	}
}

// hasEnded reports whether the command has ended. It leaves the news to reap.
func (c *Child) hasEnded() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, c.pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && unix.Signal(info.Signo) == unix.SIGCHLD // else it is not filled in
}

// stop says what the supervisor owes the command after they stopped together.
type stop int

const (
	noStop         stop = iota
	plainStop           // continue it
	foregroundStop      // give it the terminal back and continue it
)

// stopWith stops the supervisor once the command has stopped, so that a shell sees the
// job stop. It does not stop earlier: a full-screen program first restores the terminal.
func (c *Child) stopWith(sig unix.Signal) stop {
	now, tty := c.place(), lookAtTerminal()
	now.see(tty)
	if now.lacksTerminal(sig) && giveTerminal(c.group()) == nil {
		c.courier.toGroup(c.group(), unix.SIGCONT)
		return noStop
	}
	if c.alone = !now.mirrors(sig); c.alone {
		return noStop
	}
	childForeground := tty.exists && now.apart() && tty.foreground == c.group()
	if c.home.away {
		c.home.comeBack() // the shell continues the group
		defer c.home.leave()
		if !process.IsStopped(c.pid) { // it was continued when we were not in the group
			return noStop
		}
	}
	c.courier.settle()                 // it would stop with us
	if err := raise(sig); err != nil { // comes back with SIGCONT
		return noStop
	}
	// A shell continues the whole group, and the kernel does so one process at a time
	// under its tasklist lock. Setting our group to itself takes the same lock. So
	// when it returns, a command in the group has been continued.
	unix.Setpgid(0, unix.Getpgrp()) // a session leader is refused, but after the lock
	if childForeground {
		return foregroundStop
	}
	return plainStop
}

// wake continues a command that stopped with us. If the command's group is not ours, it
// continues the whole group.
func (c *Child) wake(after stop) {
	if after == noStop {
		return
	}
	group := c.group()
	if after == foregroundStop {
		giveTerminal(group) // fails if the terminal has hung up
	}
	if group == c.home.group {
		c.courier.toCommand(unix.SIGCONT)
	} else {
		c.courier.toGroup(group, unix.SIGCONT)
	}
}

// situationFor describes what decides about a signal. It looks at the terminal only if the
// terminal may have sent the signal: opening it takes memory, as [courier] says.
func (c *Child) situationFor(i signals.Info) situation {
	now := c.place()
	if !i.Known || i.ByKernel() {
		now.see(lookAtTerminal())
	}
	return now
}

// place is our situation without the terminal.
func (c *Child) place() situation {
	session, _ := unix.Getsid(0) // cannot fail for oneself
	return situation{
		hadTerminal: c.atStart.exists,
		leader:      session == os.Getpid(),
		home:        c.home,
		watched:     session != os.Getpid() && c.home.isWatched(),
		group:       c.group(),
		child:       c.pid,
		delivered:   func(i signals.Info) bool { return c.Route(i, c.pid) == Delivered },
	}
}

// group is the command's process group.
func (c *Child) group() int {
	group, err := unix.Getpgid(c.pid)
	if err != nil {
		return c.home.group
	}
	return group
}
