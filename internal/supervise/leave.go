package supervise

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
)

// The command may leave the job's group, as timeout(1) does, which makes a group of its own.
// Without us it would lead the job's group, and could not leave it. When both it and we have
// left, nobody is in the group, and ^C reaches nobody. No event tells us, so we look now and then.
// At a terminal we leave when the command has begun: programs change their group before.

const (
	// firstLook is how long after the command's start we look first. A command that ends
	// before then costs nothing more.
	firstLook = 3 * time.Millisecond
	// longestLook bounds how long we stay after the command has begun, longestStay how long
	// we wait for that.
	longestLook = 50 * time.Millisecond
	longestStay = time.Second
	// lateLooks is how many more looks follow when the command has left the group, the last
	// one after about half a second: a process may just then be stopped.
	lateLooks = 4
	// longestPause bounds the pauses at a terminal once we have left: for as long, ^C may
	// reach nobody.
	longestPause = 10 * time.Second
)

// lookout says when to look at the command's group.
type lookout struct {
	timer  *time.Timer   // nil before the start
	passed time.Duration // about the time since the start
	late   int           // looks since the command has left the group
}

// again looks again after a pause.
func (l *lookout) again(pause time.Duration) {
	l.passed += pause
	if l.timer == nil {
		l.timer = time.NewTimer(pause)
	} else {
		l.timer.Reset(pause)
	}
}

// look leaves the job's group, or comes back if the command has left it.
func (c *Child) look() {
	switch {
	case !c.home.away && !c.home.mayLeave():
	case !c.home.led:
		c.home.leave() // the command could leave this group without us, too
	case !c.home.isCommands(c.pid):
		c.home.comeBack()
		c.handOver()
		c.wakeReaders()
		if c.lookout.late++; c.lookout.late <= lateLooks {
			c.lookout.again(time.Duration(c.lookout.late) * longestLook)
		}
	case !c.home.away && c.atStart.exists && c.lookout.passed < longestStay && !process.HasBegun(c.pid):
		c.lookout.again(min(c.lookout.passed/2, longestLook))
	default:
		c.home.leave()
		c.lookout.again(c.pauseAway())
	}
}

// pauseAway is when to look next after we have left.
func (c *Child) pauseAway() time.Duration {
	if c.atStart.exists {
		return min(c.lookout.passed, longestPause)
	}
	return c.lookout.passed
}

// handOver gives the terminal to the command's group, if the job has it.
func (c *Child) handOver() {
	if group := c.group(); group != c.home.group && lookAtTerminal().foreground == c.home.group {
		giveTerminal(group) // fails if the command has another session
	}
}

// wakeReaders continues the command's group if a process in it was stopped because it lacked
// the terminal, which the group has by now. A ^Z stops the command as well, and is not undone.
func (c *Child) wakeReaders() {
	group := c.group()
	if lookAtTerminal().foreground != group || !process.IsAnyStopped(c.pid) || process.IsStopping(c.pid) {
		return
	}
	c.courier.toGroup(group, unix.SIGCONT)
	c.courier.settle() // before a stop is noticed that is over by now
}
