package supervise

import (
	"os/signal"
	"runtime"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// untouched are the signals that are never caught: those that cannot be, the
// ones that the supervisor raises itself by a fault of its own, and what Go's
// runtime (URG, 32 to 34) and its profiler use.
var untouched = map[unix.Signal]bool{
	unix.SIGKILL: true, unix.SIGSTOP: true,
	unix.SIGSEGV: true, unix.SIGBUS: true, unix.SIGFPE: true, unix.SIGILL: true, unix.SIGTRAP: true, unix.SIGSYS: true,
	unix.SIGURG: true, unix.SIGPROF: true, 32: true, 33: true, 34: true,
	unix.SIGCHLD: true, // is caught, but not passed on
	unix.SIGCONT: true, // continues us; where that was, the code goes on
}

// lastSignal is the kernel's highest signal number.
const lastSignal = 64

// caught lists the signals that are taken note of: all but the untouched and
// those that are ignored. Ignored ones stay so, for the command as well.
func caught() []unix.Signal {
	var list []unix.Signal
	for s := unix.Signal(1); s <= lastSignal; s++ {
		if !untouched[s] && !signals.IsIgnored(s) {
			list = append(list, s)
		}
	}
	return list
}

// Begin takes over how the process was started, from Go's runtime, which has
// forgotten: what was ignored is again, and what would end a command ends the
// supervisor until [Start]. Call it first thing, in the goroutine of main, which it
// locks to its thread.
func Begin() {
	for s := unix.Signal(1); s <= lastSignal; s++ {
		if entry.Ignored(s) && !untouched[s] {
			signal.Ignore(s) // which is how a command that is forked inherits it
		}
	}
	signals.Begin(caught())
	if entry.Ran() {
		runtime.LockOSThread() // the thread that signals go to
		entry.Unblock()
	}
}

// situation is what the fate of a signal depends on.
type situation struct {
	foreground  bool                    // our process group has the terminal
	terminal    bool                    // there is a terminal
	hadTerminal bool                    // there was one at the start
	leader      bool                    // we lead the session
	leadsGroup  bool                    // we lead our process group
	child       int                     // the command
	everyone    func(signals.Info) bool // the manager sent it to the command too
}

// forward tells whether the command has to be sent a signal that came to the
// supervisor. What the terminal or the manager sent, they sent to everyone.
func (s situation) forward(i signals.Info) bool {
	switch {
	case s.everyone(i):
		return false
	case !i.Known:
		return s.forwardBlindly(i.Signal)
	case i.ByKernel():
		return s.forwardKernels(i.Signal)
	case i.ByProcess(s.child):
		// Meant for whoever started it, not for itself.
		return false
	}
	// A signal of our own group's, when we lead it, came to all of it.
	return !(s.leadsGroup && s.isOurGroup(i.PID))
}

// forwardKernels tells what the kernel sends to the supervisor alone: alarms that
// were set before, and to the leader of a session its hangup. The terminal's other
// signals go to everyone; SIGPIPE is for what we write ourselves.
func (s situation) forwardKernels(sig unix.Signal) bool {
	switch sig {
	case unix.SIGHUP:
		return s.leader
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGWINCH, unix.SIGPIPE:
		return false
	}
	return true
}

// forwardBlindly does what can be done where the sender is not known.
func (s situation) forwardBlindly(sig unix.Signal) bool {
	switch sig {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGWINCH:
		// Of the terminal's. A stop is seen late, after the command has been
		// stopped and continued in the background, and must not stop it again.
		return false
	case unix.SIGINT, unix.SIGQUIT:
		return !s.foreground
	case unix.SIGHUP:
		// The kernel hangs up on the session's leader and on the foreground
		// group; once the terminal is gone it was the kernel.
		if !s.leader && s.hadTerminal && !s.terminal {
			return false
		}
	}
	return true
}

// mirrors tells whether the supervisor has to stop as well when the command was
// stopped by a signal: only a shell with a terminal will wake it again.
func (s situation) mirrors(sig unix.Signal, childForeground bool) bool {
	if sig == unix.SIGSTOP {
		return s.foreground || childForeground
	}
	return s.terminal
}

// isOurGroup tells whether a process is of our process group.
func (s situation) isOurGroup(pid int) bool {
	group, err := unix.Getpgid(pid)
	return pid != 0 && err == nil && group == unix.Getpgrp()
}
