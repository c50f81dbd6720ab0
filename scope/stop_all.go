package scope

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Stopped is what became of a scope that was to be stopped.
type Stopped struct {
	Result Result // as [Scope.StopResult] returns it
	// Killed reports whether the manager has sent SIGKILL. TimedOut alone does not say that: it may
	// mean the time limit, and with SendSIGKILL=no nobody is killed.
	Killed bool
	// Ended reports whether the scope had ended before it could be stopped.
	Ended bool
	// Left reports whether processes of the scope still run although the manager has stopped it, as
	// with KillMode=none.
	Left bool
	Err  error // that of StopResult; the context's if it ended before the scope
}

// StopAll stops different scopes of one manager, all at the same time, and waits for them as
// [Scope.StopResult] does for one. It takes one connection for all: the manager sends the signals
// of all units to each.
func StopAll(ctx context.Context, list []*Scope) []Stopped {
	stopped := make([]Stopped, len(list))
	if len(list) == 0 {
		return stopped
	}
	if list[0].held != nil {
		var all sync.WaitGroup
		for i, s := range list {
			all.Go(func() { stopped[i] = s.stopEmbedded(ctx) })
		}
		all.Wait()
		return stopped
	}
	s := &stopping{scopes: list, stopped: stopped, missing: map[dbus.ObjectPath]int{}, units: map[dbus.ObjectPath]int{}}
	err := s.begin(ctx)
	if err == nil {
		defer s.conn.Close()
		err = s.await(ctx)
	}
	if err != nil {
		s.giveUp(ctx, err)
	}
	for i := range stopped {
		stopped[i].Left = stopped[i].Err == nil && !stopped[i].Ended && list[i].hasLeft()
	}
	return stopped
}

// giveUp notes that the connection has failed. A manager that re-executes keeps the jobs.
func (s *stopping) giveUp(ctx context.Context, err error) {
	var all sync.WaitGroup
	for _, i := range s.left() {
		if isBroken(err) {
			all.Go(func() { s.stopped[i] = Stopped{Err: s.scopes[i].Stop(ctx)} }) // what the manager said meanwhile was missed
		} else {
			s.stopped[i].Err = s.scopes[i].callError("stop", err)
		}
	}
	all.Wait()
}

// hasLeft reports whether a scope that the manager has stopped still has processes. Its cgroup may
// be that of a later run of the same name already.
func (s *Scope) hasLeft() bool {
	group, err := s.Group()
	if err != nil || isInNamespace() {
		return false // there is none, or it cannot be seen
	}
	events, err := group.Events()
	if err != nil || events == nil || !events.Populated {
		return false
	}
	return s.IsCurrent()
}

// IsCurrent reports whether no later run is known to have the scope's name, and its cgroup. It asks
// nobody: the manager notes which run has a name, if the name is not very long.
func (s *Scope) IsCurrent() bool {
	if s.held != nil {
		return s.held.IsCurrent()
	}
	now := s.at.invocationID(s.Unit)
	return now == "" || now == s.InvocationID
}

// stopping is the stop of several scopes.
type stopping struct {
	scopes  []*Scope
	stopped []Stopped
	conn    *bus.Conn
	asked   bool                    // each scope without a job has its error
	missing map[dbus.ObjectPath]int // the scopes that are being stopped, by their jobs
	units   map[dbus.ObjectPath]int // the same scopes, by the paths of their units
}

// left are the scopes of which the end is not known.
func (s *stopping) left() (list []int) {
	if !s.asked {
		for i := range s.scopes {
			list = append(list, i)
		}
		return list
	}
	for _, i := range s.missing {
		list = append(list, i)
	}
	return list
}

// queueTimeout is how long the manager may be silent when it is asked to stop scopes. How long the
// stop takes is another matter.
const queueTimeout = 30 * time.Second

// begin queues the jobs.
func (s *stopping) begin(ctx context.Context) (err error) {
	ctx, cancel := bus.WithSilenceLimit(ctx, queueTimeout)
	defer cancel()
	for i, scope := range s.scopes {
		s.units[systemd1.UnitPath(scope.Unit)] = i
		scope.thawToStop(ctx) // if that fails the manager says why, or kills what does not handle the signal
	}
	if s.conn, err = s.scopes[0].dial(ctx); err != nil {
		return err
	}
	if err := systemd1.Subscribe(ctx, s.conn, systemd1.JobRemovedRule(""), systemd1.AnyUnitChangedRule()); err != nil {
		s.conn.Close()
		return err
	}
	var calls []bus.Call
	for _, scope := range s.scopes {
		calls = append(calls, systemd1.UnitCall(scope.key(), "Stop", replace))
	}
	replies, err := s.conn.CallAll(ctx, calls)
	if err != nil {
		s.conn.Close()
		return err
	}
	s.conn.Release() // the processes in the scopes may ask the manager before they end
	s.asked = true
	for i, reply := range replies {
		var job dbus.ObjectPath
		err := reply.Err
		if err == nil {
			err = dbus.Store(reply.Body, &job)
		}
		if err != nil {
			err = s.scopes[i].callError("stop", err)
			s.stopped[i].Ended, s.stopped[i].Err = errors.Is(err, ErrEnded), unlessEnded(err)
			s.leave(i)
			continue
		}
		s.missing[job] = i
	}
	return nil
}

// await waits until the jobs have ended.
func (s *stopping) await(ctx context.Context) error {
	for len(s.missing) > 0 {
		event, err := systemd1.Next(ctx, s.conn, s.isConcerned)
		if err != nil {
			return err
		}
		switch e := event.(type) {
		case systemd1.UnitChanged:
			s.stopped[s.units[e.Path]].note(e)
		case systemd1.JobRemoved:
			i := s.missing[e.Job]
			delete(s.missing, e.Job)
			s.leave(i)
			if e.Result != "done" {
				s.stopped[i].Err = jobFailed(s.scopes[i].Unit, e.Result)
			}
		}
	}
	return nil
}

// leave takes no more note of a scope's name: a later run may have it.
func (s *stopping) leave(i int) { delete(s.units, systemd1.UnitPath(s.scopes[i].Unit)) }

// note notes what the manager says of a scope that it stops.
func (s *Stopped) note(e systemd1.UnitChanged) {
	if r, ok := e.Changed["Result"].Value().(string); ok {
		s.Result = Result(r)
	}
	if e.Changed["SubState"].Value() == killing {
		s.Killed = true
	}
}

func (s *stopping) isConcerned(e systemd1.Event) (yes bool) {
	switch e := e.(type) {
	case systemd1.UnitChanged:
		_, yes = s.units[e.Path]
	case systemd1.JobRemoved:
		_, yes = s.missing[e.Job]
	}
	return yes
}

// jobFailed says that a stop job was not done.
func jobFailed(unit, result string) error {
	return &CallError{Doing: "stop", Unit: unit, Name: result, Message: "the result of the job is " + result}
}
