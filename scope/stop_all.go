package scope

import (
	"context"
	"errors"
	"sync"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Stopped is what became of a scope that was to be stopped.
type Stopped struct {
	Result Result // as [Scope.StopResult] returns it
	Err    error  // that of StopResult; the context's if it ended before the scope
}

// StopAll stops scopes of one manager, all at the same time, and waits for them as
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
			all.Go(func() { stopped[i].Result, stopped[i].Err = s.stopEmbedded(ctx) })
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
	if err == nil {
		return stopped
	}
	for _, i := range s.left() {
		if isBroken(err) { // the manager re-executes, and keeps the jobs
			stopped[i].Result, stopped[i].Err = list[i].StopResult(ctx)
		} else {
			stopped[i].Err = list[i].callError("stop", err)
		}
	}
	return stopped
}

// stopping is the stop of several scopes.
type stopping struct {
	scopes  []*Scope
	stopped []Stopped
	conn    *bus.Conn
	asked   bool                    // each scope without a job has its error
	missing map[dbus.ObjectPath]int // the scopes that are being stopped, by their jobs
	units   map[dbus.ObjectPath]int // all scopes, by the paths of their units
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

// begin queues the jobs.
func (s *stopping) begin(ctx context.Context) (err error) {
	for i, scope := range s.scopes {
		s.units[systemd1.UnitPath(scope.Unit)] = i
		scope.thawToStop(ctx) // if that fails the manager says why, or kills what does not handle the signal
	}
	if s.conn, err = s.scopes[0].dial(ctx); err != nil {
		return err
	}
	if err := errors.Join(s.conn.Match(systemd1.JobRemovedRule("")), s.conn.Match(systemd1.AnyUnitChangedRule())); err != nil {
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
			s.stopped[i].Err = unlessEnded(s.scopes[i].callError("stop", err))
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
			if r, ok := e.Changed["Result"].Value().(string); ok {
				s.stopped[s.units[e.Path]].Result = Result(r)
			}
		case systemd1.JobRemoved:
			i := s.missing[e.Job]
			delete(s.missing, e.Job)
			if e.Result != "done" {
				s.stopped[i].Err = jobFailed(s.scopes[i].Unit, e.Result)
			}
		}
	}
	return nil
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
