package supervise

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

func TestTerminalDecidesForwardingIfTheSenderIsUnknown(t *testing.T) {
	const yes, no = true, false
	for _, c := range []struct {
		name string
		sig  unix.Signal
		in   situation
		want bool
	}{
		{"^C while the terminal is ours", unix.SIGINT, situation{foreground: true, terminal: true}, no},
		{"^\\ while the terminal is ours", unix.SIGQUIT, situation{foreground: true, terminal: true}, no},
		{"^Z while the terminal is ours", unix.SIGTSTP, situation{foreground: true, terminal: true}, no},
		{"kill -INT in the background", unix.SIGINT, situation{terminal: true}, yes},
		{"kill -INT without terminal", unix.SIGINT, situation{}, yes},
		{"kill -TERM", unix.SIGTERM, situation{}, yes},
		{"the manager stops the scope", unix.SIGTERM, situation{delivered: always}, no},
		{"the kernel's hangup", unix.SIGHUP, situation{hadTerminal: true}, no},
		{"a stop that came before we left the group", unix.SIGTSTP, situation{home: home{away: true}}, no},
		{"an interrupt once we have left", unix.SIGINT, situation{foreground: true, home: home{away: true}}, yes},
		{"the kernel's hangup to the leader", unix.SIGHUP, situation{hadTerminal: true, leader: true}, yes},
		{"kill -HUP at a terminal", unix.SIGHUP, situation{hadTerminal: true, terminal: true}, yes},
		{"kill -HUP without terminal", unix.SIGHUP, situation{}, yes},
		{"resize", unix.SIGWINCH, situation{foreground: true, terminal: true}, no},
		{"background read", unix.SIGTTIN, situation{terminal: true}, no},
		{"kill -USR1", unix.SIGUSR1, situation{foreground: true, terminal: true}, yes},
	} {
		if got := c.in.forwards(signals.Info{Signal: c.sig}); got != c.want {
			t.Errorf("%s: forwarded %v", c.name, got)
		}
	}
}

func always(signals.Info) bool { return true }

// forwards is forward, where by default nobody has sent the signal to the command.
func (s situation) forwards(i signals.Info) bool {
	if s.delivered == nil {
		s.delivered = func(signals.Info) bool { return false }
	}
	return s.forward(i)
}

func TestSenderOfASignalDecidesForwarding(t *testing.T) {
	const yes, no, kernel, byProcess = true, false, 0x80, 0
	own := unix.Getpgrp()
	tty := situation{foreground: true, terminal: true, hadTerminal: true}
	for _, c := range []struct {
		name string
		sig  unix.Signal
		code int32
		pid  int
		in   situation
		want bool
	}{
		{"^C", unix.SIGINT, kernel, 0, tty, no},
		{"^Z", unix.SIGTSTP, kernel, 0, tty, no},
		{"resize", unix.SIGWINCH, kernel, 0, tty, no},
		{"kill -INT at a terminal", unix.SIGINT, byProcess, 1, tty, yes},
		{"kill -TSTP", unix.SIGTSTP, byProcess, 1, tty, yes},
		{"kill -WINCH", unix.SIGWINCH, byProcess, 1, tty, yes},
		{"the hangup", unix.SIGHUP, kernel, 0, situation{hadTerminal: true}, no},
		{"the leader's hangup", unix.SIGHUP, kernel, 0, situation{hadTerminal: true, leader: true}, yes},
		{"an alarm set before", unix.SIGALRM, kernel, 0, situation{}, yes},
		{"the manager's", unix.SIGUSR1, byProcess, 1, situation{delivered: always}, no},
		{"the command's own", unix.SIGTERM, byProcess, 4711, situation{child: 4711}, no},
		{"from a member of the group that we lead", unix.SIGTERM, byProcess, os.Getpid(), situation{home: home{group: own, led: true}}, no},
		{"from a member of the group that we lead and have left", unix.SIGTERM, byProcess, os.Getpid(), situation{home: home{group: own, led: true, away: true}}, yes},
		{"from a member of our group, led by another", unix.SIGTERM, byProcess, os.Getpid(), situation{home: home{group: own}}, yes},
		{"from another group", unix.SIGTERM, byProcess, 1, situation{home: home{group: own, led: true}}, yes},
		{"from outside of the PID namespace", unix.SIGTERM, byProcess, 0, situation{home: home{group: own, led: true}}, yes},
	} {
		if got := c.in.forwards(signals.Info{Signal: c.sig, Known: true, Code: c.code, PID: c.pid}); got != c.want {
			t.Errorf("%s: forwarded %v", c.name, got)
		}
	}
}

func TestStopIsMirroredOnlyIfAShellWillContinue(t *testing.T) {
	for _, c := range []struct {
		name string
		sig  unix.Signal
		in   situation
		want bool
	}{
		{"^Z at a terminal", unix.SIGTSTP, situation{terminal: true, foreground: true}, true},
		{"background read", unix.SIGTTIN, situation{terminal: true}, true},
		{"kill -TSTP without terminal", unix.SIGTSTP, situation{}, false},
		{"kill -STOP without terminal", unix.SIGSTOP, situation{watched: true}, false},
		{"kill -STOP of a shell's job in the background", unix.SIGSTOP, situation{terminal: true, watched: true}, true},
		{"kill -STOP of a shell's job in the foreground", unix.SIGSTOP, situation{terminal: true, foreground: true, watched: true}, true},
		{"kill -STOP in a script or a terminal of its own", unix.SIGSTOP, situation{terminal: true, foreground: true}, false},
	} {
		if got := c.in.mirrors(c.sig); got != c.want {
			t.Errorf("%s: mirrored %v", c.name, got)
		}
	}
}

func TestSignalsOfOurOwnWritesAreNotForwarded(t *testing.T) {
	own, other := os.Getpid(), os.Getppid()
	for _, c := range []struct {
		sig  unix.Signal
		pid  int
		want bool
	}{
		{unix.SIGPIPE, own, true},
		{unix.SIGXFSZ, own, true},
		{unix.SIGPIPE, other, false},
		{unix.SIGTERM, own, false},
	} {
		if got := isAboutOwnWrite(signals.Info{Signal: c.sig, Known: true, PID: c.pid}); got != c.want {
			t.Errorf("%v of process %d: got %v", c.sig, c.pid, got)
		}
	}
}
