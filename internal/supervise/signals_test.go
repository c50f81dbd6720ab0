package supervise

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhoSentASignalDecidesWhetherItIsForwarded(t *testing.T) {
	never := func(unix.Signal) bool { return false }
	always := func(unix.Signal) bool { return true }
	const yes, no = true, false
	for _, c := range []struct {
		name string
		sig  unix.Signal
		in   situation
		want bool
	}{
		{"^C while the terminal is ours", unix.SIGINT, situation{foreground: true, terminal: true, stopping: never}, no},
		{"^\\ while the terminal is ours", unix.SIGQUIT, situation{foreground: true, terminal: true, stopping: never}, no},
		{"^Z while the terminal is ours", unix.SIGTSTP, situation{foreground: true, terminal: true, stopping: never}, no},
		{"kill -INT in the background", unix.SIGINT, situation{terminal: true, stopping: never}, yes},
		{"kill -INT without terminal", unix.SIGINT, situation{stopping: never}, yes},
		{"kill -TERM", unix.SIGTERM, situation{stopping: never}, yes},
		{"the manager stops the scope", unix.SIGTERM, situation{stopping: always}, no},
		{"the kernel's hangup", unix.SIGHUP, situation{hadTerminal: true, stopping: never}, no},
		{"the kernel's hangup to the leader", unix.SIGHUP, situation{hadTerminal: true, leader: true, stopping: never}, yes},
		{"kill -HUP at a terminal", unix.SIGHUP, situation{hadTerminal: true, terminal: true, stopping: never}, yes},
		{"kill -HUP without terminal", unix.SIGHUP, situation{stopping: never}, yes},
		{"resize", unix.SIGWINCH, situation{foreground: true, terminal: true, stopping: never}, no},
		{"background read", unix.SIGTTIN, situation{terminal: true, stopping: never}, no},
		{"kill -USR1", unix.SIGUSR1, situation{foreground: true, terminal: true, stopping: never}, yes},
	} {
		if got := c.in.forward(c.sig); got != c.want {
			t.Errorf("%s: forwarded %v", c.name, got)
		}
	}
}

func TestStopIsMirroredOnlyIfAShellWillContinue(t *testing.T) {
	for _, c := range []struct {
		name            string
		sig             unix.Signal
		in              situation
		childForeground bool
		want            bool
	}{
		{"^Z at a terminal", unix.SIGTSTP, situation{terminal: true, foreground: true}, false, true},
		{"background read", unix.SIGTTIN, situation{terminal: true}, false, true},
		{"kill -TSTP without terminal", unix.SIGTSTP, situation{}, false, false},
		{"kill -STOP without terminal", unix.SIGSTOP, situation{}, false, false},
		{"kill -STOP in the background", unix.SIGSTOP, situation{terminal: true}, false, false},
		{"kill -STOP in the foreground", unix.SIGSTOP, situation{terminal: true, foreground: true}, false, true},
		{"suspend of an inner shell", unix.SIGSTOP, situation{terminal: true}, true, true},
	} {
		if got := c.in.mirrors(c.sig, c.childForeground); got != c.want {
			t.Errorf("%s: mirrored %v", c.name, got)
		}
	}
}
