package supervise

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// untouched are the signals that are never caught: those that cannot be, the
// ones that the supervisor raises itself by a fault of its own, and what Go's
// runtime (URG, 32 to 34) and its profiler use.
var untouched = map[unix.Signal]bool{
	unix.SIGKILL: true, unix.SIGSTOP: true,
	unix.SIGSEGV: true, unix.SIGBUS: true, unix.SIGFPE: true, unix.SIGILL: true, unix.SIGTRAP: true, unix.SIGSYS: true,
	unix.SIGURG: true, unix.SIGPROF: true, 32: true, 33: true, 34: true,
	unix.SIGCHLD: true, // has a channel of its own
	unix.SIGCONT: true, // continues us; where that was, the code goes on
}

// lastSignal is the kernel's highest signal number.
const lastSignal = 64

// caught lists the signals that are taken note of: all but the untouched and
// those that were ignored when the supervisor started. Ignored ones stay so, for
// the command as well.
func caught() []os.Signal {
	var list []os.Signal
	for s := unix.Signal(1); s <= lastSignal; s++ {
		if !untouched[s] && !isIgnored(s) {
			list = append(list, s)
		}
	}
	return list
}

// inbox receives signals for the supervisor.
type inbox struct {
	signals  chan os.Signal // to be forwarded or not
	children chan os.Signal // SIGCHLD; room for one, for one is as good as many
}

// catch begins to receive.
func catch() *inbox {
	in := &inbox{signals: make(chan os.Signal, 64), children: make(chan os.Signal, 1)}
	signal.Notify(in.children, unix.SIGCHLD)
	if list := caught(); len(list) > 0 { // none would mean all
		signal.Notify(in.signals, list...)
	}
	handleLoud()
	return in
}

// situation is what the fate of a signal depends on.
type situation struct {
	foreground  bool                   // our process group has the terminal
	terminal    bool                   // there is a terminal
	hadTerminal bool                   // there was one at the start
	leader      bool                   // we lead the session
	stopping    func(unix.Signal) bool // the manager sent it to the command too
}

// forward tells whether the command has to be sent a signal that came to the
// supervisor. What the terminal or the manager sent, they sent to everyone.
func (s situation) forward(sig unix.Signal) bool {
	if s.stopping(sig) {
		return false
	}
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
