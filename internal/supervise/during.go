package supervise

import (
	"time"

	"gorun/internal/entry"
	"gorun/internal/signals"
)

// grace is how long a signal waits for the function that it would interrupt.
const grace = time.Second

// During runs f, which must not be interrupted lightly. An example is a manager's move
// of this process into a scope: if it died then, an empty scope would stay until the next
// launch ends it. A signal that arrives is kept for the command if f succeeds. If f
// fails, or after a second, the signal has its default action on this process.
func (s *Supervisor) During(f func() error) error { return s.during(grace, f) }

// Meanwhile runs f, which may be interrupted at any time, such as a wait. A signal that
// arrives has its default action on this process.
func (s *Supervisor) Meanwhile(f func() error) error { return s.during(0, f) }

func (s *Supervisor) during(grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() {
		entry.GrowStack()
		done <- f()
	}()
	var late <-chan time.Time
	var pending []signals.Info
	for {
		select {
		case err := <-done:
			if err != nil {
				s.raiseAll(pending)
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
			s.raiseAll(pending)
			pending, late = nil, nil
		}
	}
}

// raiseAll takes the default actions of signals. CHLD and WINCH do nothing by default. Before
// that, LastWords may end the process.
func (s *Supervisor) raiseAll(list []signals.Info) {
	if s.LastWords != nil && len(list) > 0 {
		if status, ends := s.LastWords(list); ends {
			status.Exit()
		}
	}
	for _, i := range list {
		raise(i.Signal) // a signal that cannot be raised is lost
	}
}

// Exec raises the signals that have arrived and then replaces the process with the
// command. It returns only if that fails, with a [*StartError] or a [*SetupError].
func (s *Supervisor) Exec(c Command) error {
	s.Release()
	return c.exec()
}

// Release gives the signals their default actions. Call it when no command will be started.
// Signals that have arrived are raised.
func (s *Supervisor) Release() {
	s.inbox.Release()
	s.raiseAll(s.untilNow())
}

// untilNow returns the signals that have arrived and that nobody has taken.
func (s *Supervisor) untilNow() []signals.Info {
	list := s.kept
	s.kept = nil
	for !s.inbox.Mark() { // the inbox is full
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

// putBack returns signals to the front of the queue.
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
