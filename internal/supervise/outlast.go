package supervise

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/signals"
)

// Rest is what became of the processes that a command has left behind.
type Rest struct {
	// Found tells whether there were any.
	Found bool
	// By is the signal to the supervisor that ended the wait for them, 0 if none
	// did. The supervisor has to die of it, as any program that waits.
	By unix.Signal
	// Killed tells whether they had to be killed.
	Killed bool
	// Left are those that are still there: another user's, or some that even
	// SIGKILL does not end.
	Left []int
}

// WaitForRest waits, after [Child.Wait], until the supervisor is alone in the group,
// which is its own. It has no deadline: the processes have none. One that leaves the
// group is not waited for, nor is anything if the supervisor has parted from the
// command.
func (c *Child) WaitForRest(g cgroup.Group) (r Rest, err error) {
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

// holdOne holds one process, unless there is none. All may have ended by now, and
// then none is held.
func (l *leftovers) holdOne() (alone bool, err error) {
	pids, err := l.look()
	for _, pid := range pids {
		if p, err := l.hold(pid); p != nil || err != nil {
			return false, err
		}
	}
	return len(pids) == 0, err
}

// untilClosed waits for a channel, or for the signal that ends the wait.
func (c *Child) untilClosed(ended <-chan struct{}) unix.Signal {
	for {
		select {
		case <-ended:
			return 0
		case i := <-c.signals:
			if c.endsWait(i) {
				return i.Signal
			}
		}
	}
}

// endsWait takes a signal that came when the command had ended: it does to the
// supervisor what it does to any program. Only what a manager sends to all is left
// to the others to die of.
func (c *Child) endsWait(i signals.Info) bool {
	c.Heard(i)
	if c.Route(i, os.Getpid()) == Delivered || slices.Contains(c.ignored, i.Signal) {
		return false
	}
	switch i.Signal {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		raise(i.Signal) // one that cannot be raised is lost, as if it had not come
		return false
	case unix.SIGCHLD, unix.SIGCONT, unix.SIGWINCH:
		return false
	}
	return true
}

// Stopping is how processes are stopped.
type Stopping struct {
	// Signals are sent first, one after the other.
	Signals []unix.Signal
	// Timeout tells how long after that they are killed, and negative that they
	// are not. It is asked for when the signals have been sent.
	Timeout func() time.Duration
}

// StopRest stops, after [Child.Wait], all processes in the group but the supervisor,
// those as well that they start meanwhile: first with signals, then with SIGKILL,
// and gives up when that has not helped for as long again. A signal that would end
// the supervisor ends the wait before each of the two, and itself has no other effect
// the first time.
func (c *Child) StopRest(g cgroup.Group, how Stopping) (r Rest, err error) {
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
			if !c.endsWait(i) {
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

// stopping is how far the processes' end has come.
type stopping struct {
	*leftovers
	Stopping
	killing bool
	ended   <-chan struct{} // from oneEnds; nil if it was seen
	timer   <-chan time.Time
}

// kill goes over to SIGKILL.
func (s *stopping) kill() { s.killing, s.timer = true, nil }

// late returns the channel that tells the end of the wait, nil for none.
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

// act sends each process its signals, and lists those that there were.
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
			return pids, nil // the turn of the others comes when some have ended
		case err != nil:
			return pids, err
		}
	}
	return pids, nil
}

// stop sends a process what it has not been sent.
func (s *stopping) stop(p *leftover) {
	switch {
	case s.killing:
		p.send(unix.SIGKILL)
	case !p.told:
		p.told = true
		p.send(s.Signals...)
	}
}

// done tells whether none is left that can be stopped.
func (s *stopping) done(pids []int) bool {
	for _, pid := range pids {
		if p := s.held[pid]; p == nil || !p.alien {
			return false
		}
	}
	return true
}
