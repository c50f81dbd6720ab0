package supervise

import (
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// grace is how long a signal waits for what it would interrupt.
const grace = time.Second

// During does something that must not be broken off lightly, such as having a
// manager move this process: one that dies meanwhile leaves a scope without
// processes, which nobody ends. A signal that comes meanwhile does to the process
// what it does to any when f is done, or after a second.
func (s *Supervisor) During(f func() error) error { return s.during(grace, f) }

// Meanwhile does something that may be broken off at any time, such as waiting: a
// signal that comes does to the process what it does to any.
func (s *Supervisor) Meanwhile(f func() error) error { return s.during(0, f) }

func (s *Supervisor) during(grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	var late <-chan time.Time
	var pending []unix.Signal
	for {
		select {
		case err := <-done:
			raiseAll(pending)
			return err
		case i := <-s.signals:
			pending = append(pending, i.Signal)
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
func raiseAll(list []unix.Signal) {
	for _, sig := range list {
		raise(sig) // one that cannot be raised is lost, as if it had not come
	}
}

// Exec becomes the command, after the signals that came until now. It returns only
// if that fails, with a [*StartError] or a [*SetupError].
func (s *Supervisor) Exec(c Command) error {
	s.inbox.Release()
	for _, i := range s.untilNow() {
		raiseAll([]unix.Signal{i.Signal})
	}
	return c.exec()
}

// untilNow returns the signals that have come and that nobody has taken.
func (s *Supervisor) untilNow() (list []signals.Info) {
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
