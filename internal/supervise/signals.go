package supervise

import (
	"os/signal"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// untouched are the signals that are never passed on. They cannot be caught, or a fault
// of the supervisor raises them, or Go's runtime (URG, 32 and 33) or its profiler uses
// them.
var untouched = []unix.Signal{
	unix.SIGKILL, unix.SIGSTOP,
	unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS,
	unix.SIGURG, unix.SIGPROF, 32, 33,
	unix.SIGCHLD, // the only one that is caught
}

func isTouched(sig unix.Signal) bool { return !slices.Contains(untouched, sig) }

// isIgnored reports whether this process ignores a signal: it did at its start, or ignores
// SIGHUP since ([IgnoreHangup]). The kernel is asked where the start is not known.
func isIgnored(sig unix.Signal) bool {
	if entry.Ran() && sig != unix.SIGHUP {
		return entry.Ignored(sig)
	}
	return signals.IsIgnored(sig)
}

// caught lists the signals that are caught: all but the untouched and the ignored ones.
// Ignored signals stay ignored until the command has inherited that.
func caught() []unix.Signal {
	return signalsThat(func(s unix.Signal) bool { return isTouched(s) && !isIgnored(s) })
}

// ignored lists the ignored signals that are forwarded nevertheless: the command may
// handle them by now. A signal that the supervisor's own reads and writes cause is not
// for the command.
func ignored() []unix.Signal {
	own := []unix.Signal{unix.SIGTTIN, unix.SIGTTOU, unix.SIGPIPE, unix.SIGXFSZ}
	return signalsThat(func(s unix.Signal) bool { return isTouched(s) && isIgnored(s) && !slices.Contains(own, s) })
}

func signalsThat(isMeant func(unix.Signal) bool) (list []unix.Signal) {
	for s := unix.Signal(1); s <= signals.RealtimeLast; s++ {
		if isMeant(s) {
			list = append(list, s)
		}
	}
	return list
}

// Begin restores the signal state of the process's start, which Go's runtime has
// changed: signals ignored then are ignored again. Until [Supervisor.Start], a signal
// that would end a command ends the supervisor. Call it first, in the goroutine of main,
// which it locks to its thread.
func Begin() {
	for s := unix.Signal(1); s <= signals.RealtimeLast; s++ {
		if entry.Ignored(s) && isTouched(s) {
			signal.Ignore(s) // so that a forked command inherits it
		}
	}
	signals.Begin(caught())
	if entry.Ran() {
		runtime.LockOSThread() // the thread that receives the signals
		entry.Unblock()
	}
}

// situation is what decides how a signal is handled.
type situation struct {
	foreground  bool                    // the job's process group has the terminal
	handed      bool                    // the command's group has the terminal
	terminal    bool                    // there is a terminal
	hadTerminal bool                    // there was one at the start
	leader      bool                    // we lead the session
	home        home                    // the job's process group
	watched     bool                    // our parent sees jobs stop, and continues them
	group       int                     // the command's process group
	child       int                     // the command
	delivered   func(signals.Info) bool // reports whether the sender sent it to the command too
}

// see adds the terminal's state.
func (s *situation) see(tty terminal) {
	s.terminal = tty.exists
	s.foreground = tty.exists && tty.foreground == s.home.group
	s.handed = tty.exists && tty.foreground == s.group
}

// apart reports whether the command has left the job's process group.
func (s situation) apart() bool { return s.group != s.home.group }

// forward reports whether a signal to the supervisor has to be sent to the command. The
// terminal and the manager send theirs to everyone.
func (s situation) forward(i signals.Info) bool {
	switch {
	case s.delivered(i):
		return false
	case !i.Known:
		return s.forwardBlindly(i.Signal)
	case i.ByKernel():
		return s.forwardKernels(i.Signal)
	case i.ByProcess(s.child):
		// The command signals whoever started it, not itself.
		return false
	}
	// If we lead our group, a signal from a member went to the whole group.
	return s.home.away || !(s.home.led && s.home.has(i.PID))
}

// forwardKernels reports whether the kernel sends a signal to the supervisor alone:
// alarms that were set earlier, and the hangup of a session's leader. The terminal's
// other signals go to everyone.
func (s situation) forwardKernels(sig unix.Signal) bool {
	switch sig {
	case unix.SIGHUP:
		return s.leader
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGWINCH:
		return false
	}
	return true
}

// isJobs reports whether the terminal's signal is meant for the command, which has left
// our group. Without us the command would lead our group, and could not have left it. The
// terminal may have been given to the command since it sent the signal.
func (s situation) isJobs(i signals.Info) bool {
	if !s.home.led || !s.apart() || i.Known && !i.ByKernel() || !i.Known && !s.foreground && !s.handed {
		return false
	}
	switch i.Signal {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH:
		return true
	}
	return false
}

// lacksTerminal reports whether the command was stopped because it lacks the terminal,
// although its job has it, or its group has it by now.
func (s situation) lacksTerminal(sig unix.Signal) bool {
	return s.home.led && s.apart() && (s.foreground || s.handed) && isStop(sig) && sig != unix.SIGTSTP
}

// forwardBlindly decides like forward where the sender is unknown.
func (s situation) forwardBlindly(sig unix.Signal) bool {
	switch sig {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGWINCH:
		// The terminal sent it. We see a stop late: by then the command has been
		// stopped and continued in the background, and must not stop again. And we may
		// have left the group since it came.
		return false
	}
	if s.home.away {
		return true
	}
	switch sig {
	case unix.SIGINT, unix.SIGQUIT:
		return !s.foreground
	case unix.SIGHUP:
		// The kernel sends its hangup to the session's leader and to the foreground
		// group. If the terminal is gone, the kernel sent it.
		if !s.leader && s.hadTerminal && !s.terminal {
			return false
		}
	}
	return true
}

// mirrors reports whether the supervisor stops too when a signal has stopped the
// command: only a shell with a terminal would continue it. A SIGSTOP may have been sent
// to the command alone. If no shell sees the job stop, the sender continues the command
// alone.
func (s situation) mirrors(sig unix.Signal) bool {
	if sig == unix.SIGSTOP {
		return s.terminal && s.watched
	}
	return s.terminal
}

// isStop reports whether a signal stops a program by default and can be caught.
func isStop(sig unix.Signal) bool {
	return sig == unix.SIGTSTP || sig == unix.SIGTTIN || sig == unix.SIGTTOU
}
