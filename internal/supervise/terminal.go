package supervise

import "golang.org/x/sys/unix"

// terminal is a look at the controlling terminal at one moment.
type terminal struct {
	exists     bool // there is one, and it has not hung up
	foreground int  // the process group that it belongs to now
}

// lookAtTerminal opens the terminal for each look: it may hang up in between.
func lookAtTerminal() terminal {
	fd, err := openTerminal()
	if err != nil {
		return terminal{}
	}
	defer unix.Close(fd)
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil {
		return terminal{}
	}
	return terminal{exists: true, foreground: group}
}

func openTerminal() (fd int, err error) {
	return unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}

// WithoutStop does something that writes to a terminal, which would stop it in the
// background under "stty tostop": it writes, whoever has the terminal.
func WithoutStop(f func()) {
	if restore, err := block(unix.SIGTTOU); err == nil {
		defer restore()
	}
	f()
}

// giveTerminal makes group the terminal's foreground group.
func giveTerminal(group int) error {
	fd, err := openTerminal()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// From the background this raises TTOU, which is caught and dropped; the
	// system call is then interrupted, unless TTOU is blocked or ignored.
	restore, err := block(unix.SIGTTOU)
	if err != nil {
		return err
	}
	defer restore()
	return unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group)
}
