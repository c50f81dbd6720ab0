package supervise

import (
	"time"

	"gorun/internal/signals"
)

// grace is how long a signal waits for what it would interrupt.
const grace = time.Second

// During does something that must not be broken off lightly, such as having a
// manager move this process: one that dies meanwhile leaves a scope without
// processes, which nobody ends. A signal that comes meanwhile is kept for the command
// if f succeeds. If it fails, or after a second, the signal does to the process what
// it does to any.
func (s *Supervisor) During(f func() error) error { return s.during(grace, f) }

// Meanwhile does something that may be broken off at any time, such as waiting: a
// signal that comes does to the process what it does to any.
func (s *Supervisor) Meanwhile(f func() error) error { return s.during(0, f) }

func (s *Supervisor) during(grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	var late <-chan time.Time
	var pending []signals.Info
	for {
		select {
		case err := <-done:
			if err != nil {
				raiseAll(pending)
				return err
			}
			s.kept = append(s.kept, pending...)
			return nil
		case i := <-s.signals:
			pending = append(pending, i)
			if late == nil {
				late = time.After(grace)
			}
		case <-late:
			raiseAll(pending)
			pending, late = nil, nil
		}
	}
}

// raiseAll takes the default actions of signals. Those of CHLD and WINCH are to do
// nothing.
func raiseAll(list []signals.Info) {
	for _, i := range list {
		raise(i.Signal) // one that cannot be raised is lost, as if it had not come
	}
}

// Exec becomes the command, after the signals that came until now. It returns only
// if that fails, with a [*StartError] or a [*SetupError].
func (s *Supervisor) Exec(c Command) error {
	s.inbox.Release()
	raiseAll(s.untilNow())
	return c.exec()
}

// untilNow returns the signals that have come and that nobody has taken.
func (s *Supervisor) untilNow() []signals.Info {
	list := s.kept
	s.kept = nil
	for !s.inbox.Mark() { // full of signals
		list = append(list, <-s.signals)
	}
	for i := range s.signals {
		if i.Signal == 0 {
			break
		}
		list = append(list, i)
	}
	return list
}

// putBack has signals that were taken come once more, before others.
func (s *Supervisor) putBack(list []signals.Info) {
	if len(list) == 0 {
		return
	}
	later := s.signals
	s.signals = make(chan signals.Info)
	go func(all chan<- signals.Info) {
		for _, i := range list {
			all <- i
		}
		for i := range later {
			all <- i
		}
	}(s.signals)
}
