package supervise

import "golang.org/x/sys/unix"

// terminal is the state of the controlling terminal at one moment.
type terminal struct {
	exists     bool // there is one, and it has not hung up
	foreground int  // its foreground process group
	modes      *unix.Termios
}

// lookAtTerminal reads the terminal's state. It opens the terminal each time, because it
// may hang up in between.
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
	modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return terminal{}
	}
	return terminal{exists: true, foreground: group, modes: modes}
}

// restoreModes gives the terminal the modes that it had when the command was started, if the
// job has the terminal now and had it then. The command was killed, and could not do that
// itself. If its output goes elsewhere, the modes may be another program's: those of less in
// "gorun git log | less".
func (c *Child) restoreModes() {
	if c.prints && c.atStart.foreground == c.home.group && lookAtTerminal().foreground == c.home.group {
		setModes(c.atStart.modes) // fails if the terminal hangs up
	}
}

// setModes sets the terminal's modes. Output that is on its way is not lost.
func setModes(modes *unix.Termios) error {
	return changeTerminal(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETSW, modes) })
}

// isTerminal reports whether a descriptor is a terminal.
func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

func openTerminal() (fd int, err error) {
	return unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}

// WithoutStop runs f so that it can write to the terminal from the background, even
// under "stty tostop".
func WithoutStop(f func()) {
	if restore, err := block(unix.SIGTTOU); err == nil {
		defer restore()
	}
	f()
}

// giveTerminal makes group the terminal's foreground group.
func giveTerminal(group int) error {
	return changeTerminal(func(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group) })
}

// changeTerminal calls change with the terminal. From the background a change raises TTOU,
// which interrupts the system call unless TTOU is blocked or ignored. The handler would catch
// and drop it.
func changeTerminal(change func(fd int) error) error {
	fd, err := openTerminal()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	restore, err := block(unix.SIGTTOU)
	if err != nil {
		return err
	}
	defer restore()
	return change(fd)
}
