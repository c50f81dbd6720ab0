package supervise

import (
	"os"
	"os/signal"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// untouched are the signals that are never caught: those that cannot be, the
// ones that the supervisor raises itself by a fault of its own, and what Go's
// runtime (URG, 32 and 33) and its profiler use.
var untouched = map[unix.Signal]bool{
	unix.SIGKILL: true, unix.SIGSTOP: true,
	unix.SIGSEGV: true, unix.SIGBUS: true, unix.SIGFPE: true, unix.SIGILL: true, unix.SIGTRAP: true, unix.SIGSYS: true,
	unix.SIGURG: true, unix.SIGPROF: true, 32: true, 33: true,
	unix.SIGCHLD: true, // is caught, but not passed on
}

// lastSignal is the kernel's highest signal number.
const lastSignal = 64

// caught lists the signals that are taken note of: all but the untouched and
// those that are ignored. Ignored ones stay so until the command has inherited that.
func caught() []unix.Signal {
	return signalsThat(func(s unix.Signal) bool { return !untouched[s] && !signals.IsIgnored(s) })
}

// ignored lists those that are ignored and that the command may have found a use for
// since: it decides what becomes of them. What a terminal or a file does to the
// supervisor's own reads and writes is not for the command.
func ignored() []unix.Signal {
	own := []unix.Signal{unix.SIGTTIN, unix.SIGTTOU, unix.SIGPIPE, unix.SIGXFSZ}
	return signalsThat(func(s unix.Signal) bool { return !untouched[s] && signals.IsIgnored(s) && !slices.Contains(own, s) })
}

func signalsThat(isMeant func(unix.Signal) bool) (list []unix.Signal) {
	for s := unix.Signal(1); s <= lastSignal; s++ {
		if isMeant(s) {
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
	watched     bool                    // our parent sees jobs stop, and continues them
	apart       bool                    // the command has left our process group
	child       int                     // the command
	delivered   func(signals.Info) bool // its sender sent it to the command too
}

// forward tells whether the command has to be sent a signal that came to the
// supervisor. What the terminal or the manager sent, they sent to everyone.
func (s situation) forward(i signals.Info) bool {
	switch {
	case s.delivered(i):
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
// signals go to everyone.
func (s situation) forwardKernels(sig unix.Signal) bool {
	switch sig {
	case unix.SIGHUP:
		return s.leader
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGWINCH:
		return false
	}
	return true
}

// isJobs tells whether the terminal meant a job that is the command's alone: without
// us it would lead the group that we lead, and could not have left that.
func (s situation) isJobs(i signals.Info) bool {
	if !s.leadsGroup || !s.apart || !s.foreground || i.Known && !i.ByKernel() {
		return false
	}
	switch i.Signal {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH:
		return true
	}
	return false
}

// lacksTerminal tells whether the command was stopped for want of the terminal that
// its job has.
func (s situation) lacksTerminal(sig unix.Signal) bool {
	return s.leadsGroup && s.apart && s.foreground && isStop(sig) && sig != unix.SIGTSTP
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
// stopped by a signal: only a shell with a terminal will wake it again. Of SIGSTOP the
// command alone may have been the target, and whoever sent it continues that alone, if
// no shell sees the job stop.
func (s situation) mirrors(sig unix.Signal) bool {
	if sig == unix.SIGSTOP {
		return s.terminal && s.watched
	}
	return s.terminal
}

// isStop tells the signals that stop a program that does not expect them.
func isStop(sig unix.Signal) bool {
	return sig == unix.SIGTSTP || sig == unix.SIGTTIN || sig == unix.SIGTTOU
}

// isWatched tells whether the parent is a shell with job control, as far as can be
// seen: it shares our session, and has put us into a group of our own.
func isWatched() bool {
	parent := os.Getppid()
	session, err := unix.Getsid(parent)
	own, _ := unix.Getsid(0) // of oneself: cannot fail
	group, err2 := unix.Getpgid(parent)
	return err == nil && err2 == nil && session == own && group != unix.Getpgrp()
}

// isOurGroup tells whether a process is of our process group.
func (s situation) isOurGroup(pid int) bool {
	group, err := unix.Getpgid(pid)
	return pid != 0 && err == nil && group == unix.Getpgrp()
}
