package supervise

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// Rest says what became of a command's leftover processes.
type Rest struct {
	// Found reports whether there were any.
	Found bool
	// By is the signal to the supervisor that ended the wait for them, 0 if none
	// did. The supervisor has to die of it, as any program that waits does.
	By unix.Signal
	// Killed reports whether they had to be killed.
	Killed bool
	// Left lists the processes that still run: another user's, or ones that even
	// SIGKILL does not end.
	Left []int
}

// WaitForRest waits, after [Child.Wait], until the supervisor is alone in its group g.
// It has no deadline: the processes have none. It does not wait for a process that
// leaves the group, and not at all if the supervisor has parted from the command.
func (c *Child) WaitForRest(g Members) (r Rest, err error) {
	if c.parted {
		return r, nil
	}
	l := newLeftovers(g)
	defer l.close()
	for {
		alone, err := l.holdOne()
		if err != nil || alone {
			return r, err
		}
		r.Found = true
		if r.By = c.untilClosed(l.oneEnds()); r.By != 0 {
			return r, nil
		}
		l.drop()
	}
}

// holdOne holds one process. alone reports that none is left. If all that were listed
// have ended meanwhile, none is held.
func (l *leftovers) holdOne() (alone bool, err error) {
	pids, err := l.look()
	for _, pid := range pids {
		if p, err := l.hold(pid); p != nil || err != nil {
			return false, err
		}
	}
	return len(pids) == 0, err
}

// WaitFor waits, after [Child.Wait], for something that the supervisor does when the command has
// ended. interrupted says that a signal came meanwhile: whoever sent it does not want to wait.
// What came before was for the command.
func (c *Child) WaitFor(done <-chan struct{}) (interrupted bool) {
	c.untilNow()
	for {
		select {
		case <-done:
			return false
		case i := <-c.signals:
			switch i.Signal {
			case unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM:
				if !slices.Contains(c.ignored, i.Signal) {
					return true
				}
			}
		}
	}
}

// untilClosed waits for a channel, or for the signal that ends the wait.
func (c *Child) untilClosed(ended <-chan struct{}) unix.Signal {
	for {
		select {
		case <-ended:
			return 0
		case i := <-c.signals:
			if c.handleInWait(i) {
				return i.Signal
			}
		}
	}
}

// handleInWait handles a signal that arrives after the command's end. It returns true if
// the signal ends the wait. A signal acts on the supervisor as on any program, except that
// one from a manager to everyone is left for the other processes.
func (c *Child) handleInWait(i signals.Info) (ends bool) {
	c.Heard(i)
	if c.Route(i, os.Getpid()) == Delivered || slices.Contains(c.ignored, i.Signal) {
		return false
	}
	switch i.Signal {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		raise(i.Signal) // a signal that cannot be raised is lost
		return false
	case unix.SIGCHLD:
		if c.Orphans != nil {
			c.Orphans()
		}
		return false
	case unix.SIGCONT, unix.SIGWINCH:
		return false
	}
	return true
}

// Stopping says how processes are stopped.
type Stopping struct {
	// Signals are sent first, in this order.
	Signals []unix.Signal
	// Timeout returns the time from the signals to SIGKILL. If it is negative, they
	// are not killed. It is called after the signals have been sent.
	Timeout func() time.Duration
}

// StopRest stops, after [Child.Wait], all processes in the group except the supervisor,
// and those that they start meanwhile. It sends how.Signals, waits, sends SIGKILL, waits
// as long again, and gives up. A signal that would end the supervisor ends the present
// wait instead; if it ends the second, [Rest.By] has it.
func (c *Child) StopRest(g Members, how Stopping) (r Rest, err error) {
	if c.parted {
		return r, nil
	}
	l := newLeftovers(g)
	defer l.close()
	s := &stopping{leftovers: l, Stopping: how}
	for {
		if r.Left, err = s.act(); err != nil || s.done(r.Left) {
			r.Killed = s.killing
			return r, err
		}
		r.Found = true
		if s.ended == nil {
			s.ended = l.oneEnds()
		}
		select {
		case <-s.ended:
			s.ended = nil
			l.drop()
			continue
		case <-s.late():
		case i := <-c.signals:
			if !c.handleInWait(i) {
				continue
			}
			if s.killing {
				r.By = i.Signal
			}
		}
		if s.killing {
			r.Killed = true
			return r, nil
		}
		s.kill()
	}
}

// stopping is the progress of StopRest.
type stopping struct {
	*leftovers
	Stopping
	killing bool
	ended   <-chan struct{} // from oneEnds; nil after it was closed
	timer   <-chan time.Time
}

// kill starts the second step, SIGKILL.
func (s *stopping) kill() { s.killing, s.timer = true, nil }

// late returns the channel that receives at the end of the present wait.
func (s *stopping) late() <-chan time.Time {
	if s.timer == nil {
		if timeout := s.Timeout(); timeout >= 0 {
			s.timer = time.After(timeout)
		} else {
			s.timer = make(chan time.Time)
		}
	}
	return s.timer
}

// act sends each process its signals, and returns the processes.
func (s *stopping) act() ([]int, error) {
	pids, err := s.look()
	if err != nil {
		return nil, err
	}
	for _, pid := range pids {
		p, err := s.hold(pid)
		switch {
		case err == nil && p != nil:
			s.stop(p)
		case errors.Is(err, unix.EMFILE) && len(s.held) > 0:
			return pids, nil // the others follow when some have ended
		case err != nil:
			return pids, err
		}
	}
	return pids, nil
}

// stop sends a process the signals that it has not been sent yet.
func (s *stopping) stop(p *leftover) {
	switch {
	case s.killing:
		p.send(unix.SIGKILL)
	case !p.signaled:
		p.signaled = true
		p.send(s.Signals...)
	}
}

// done reports whether no process is left that can be stopped.
func (s *stopping) done(pids []int) bool {
	for _, pid := range pids {
		if p := s.held[pid]; p == nil || !p.otherUser {
			return false
		}
	}
	return true
}
