package scope

import (
	"context"
	"errors"
	"path"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Stop makes the manager stop the scope, and returns when that is done: the manager sends
// the scope's stop signal, SIGTERM by default, to all processes in it, and SIGKILL to
// those that are left after TimeoutStopSec, 90 seconds by default. If the scope has ended
// that is no error. A later scope of the same name is left alone.
//
// A caller in the scope is stopped with it. A frozen scope is thawed first, so that its
// processes get the stop signal. If ctx ends first, the manager keeps stopping the scope. The
// error is a [*CallError] if the manager refuses.
func (s *Scope) Stop(ctx context.Context) error {
	_, err := s.StopResult(ctx)
	return err
}

// StopResult is [Scope.Stop], and returns what the manager says about the end, as [Scope.Wait]
// does: [Success] if all processes ended in time, [TimedOut] if they had to be killed. It is
// [Unknown] if the scope had ended, or the manager is on a message bus only.
func (s *Scope) StopResult(ctx context.Context) (Result, error) {
	if s.held != nil {
		stopped := s.stopEmbedded(ctx)
		return stopped.Result, stopped.Err
	}
	if err := unlessEnded(s.thawToStop(ctx)); err != nil {
		return Unknown, err
	}
	var result Result
	err := s.ask(ctx, "stop", func(conn *bus.Conn) (err error) {
		result, err = s.stop(ctx, conn)
		return err
	})
	return result, unlessEnded(err)
}

// unlessEnded drops the error that the scope has ended.
func unlessEnded(err error) error {
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}

func (s *Scope) stop(ctx context.Context, conn *bus.Conn) (Result, error) {
	if err := errors.Join(conn.Match(systemd1.JobRemovedRule(s.Unit)), conn.Match(systemd1.UnitChangedRule(s.Unit))); err != nil {
		return Unknown, err
	}
	reply, err := s.call(ctx, conn, "Stop", replace)
	if err != nil {
		return Unknown, err
	}
	var job dbus.ObjectPath
	if err := dbus.Store(reply, &job); err != nil {
		return Unknown, err
	}
	conn.Release() // the processes in the scope may ask the manager before they end
	said, result, err := s.awaitStop(ctx, conn, job)
	if err == nil && result != "done" {
		return said, jobFailed(s.Unit, result)
	}
	return said, err
}

// awaitStop waits until a job has ended. said is the scope's last result before that: the
// manager sends the changes of a unit before it says that the unit's job has ended
// (bus_job_send_removed_signal in dbus-job.c).
func (s *Scope) awaitStop(ctx context.Context, conn *bus.Conn, job dbus.ObjectPath) (said Result, result string, err error) {
	for {
		event, err := systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
			removed, isEnd := e.(systemd1.JobRemoved)
			changed, isChange := e.(systemd1.UnitChanged)
			return isEnd && removed.Job == job || isChange && changed.Path == systemd1.UnitPath(s.Unit)
		})
		if err != nil {
			return said, "", err
		}
		switch e := event.(type) {
		case systemd1.JobRemoved:
			return said, e.Result, nil
		case systemd1.UnitChanged:
			if r, ok := e.Changed["Result"].Value().(string); ok {
				said = Result(r)
			}
		}
	}
}

// Kill makes the manager send a signal to all processes in the scope. The error is
// [ErrEnded] if the scope has ended, and a [*CallError] if the manager refuses.
func (s *Scope) Kill(ctx context.Context, sig unix.Signal) error {
	if s.held != nil {
		return s.held.Signal(sig)
	}
	return s.ask(ctx, "kill", func(conn *bus.Conn) error {
		_, err := s.call(ctx, conn, "Kill", "all", int32(sig))
		return err
	})
}

// ResetFailed makes the manager forget a scope that has failed and is kept. If it has
// been forgotten already that is no error.
func (s *Scope) ResetFailed(ctx context.Context) error {
	if s.held != nil {
		return nil // nothing is kept
	}
	return unlessEnded(s.ask(ctx, "reset", func(conn *bus.Conn) error {
		_, err := s.call(ctx, conn, "ResetFailed")
		return err
	}))
}

// SetProperties changes properties of the scope while it runs, until it ends. The manager
// allows that for limits and for the description. For another property the error is a
// [*property.Error], and for a limit that the manager cannot put in force a [*LimitError]: then
// nothing has been changed. As with [Start], limits are read back: a limit that is not in force
// is a [*LimitError], too. Overridden, Moot and Swap of the scope say what else is to be known.
// The error is [ErrEnded] if the scope has ended.
func (s *Scope) SetProperties(ctx context.Context, properties ...property.Property) error {
	if s.held != nil {
		return s.setEmbedded(properties)
	}
	if err := s.checkProvided(properties); err != nil {
		return err
	}
	own, ofSlice := properties, []property.Property(nil)
	if s.hasOwnSlice() {
		own, ofSlice = splitForSlice(properties)
	}
	err := s.ask(ctx, "set properties of", func(conn *bus.Conn) error {
		const untilItEnds = true
		if _, err := s.call(ctx, conn, "SetProperties", untilItEnds, encode(own)); err != nil {
			return unchangeable(err, own)
		}
		if len(ofSlice) > 0 { // last: all of these may be changed
			if _, err := conn.Call(ctx, systemd1.Call("SetUnitProperties", path.Base(s.figures()), untilItEnds, encode(ofSlice))); err != nil {
				return unchangeable(err, ofSlice)
			}
		}
		// The manager applies them after its answer, before it reads the next
		// question.
		var state string
		return systemd1.Get(ctx, conn, s.key(), systemd1.Unit, "ActiveState", &state)
	})
	if err != nil {
		return err
	}
	spec := Spec{Manager: s.Manager, Unit: s.Unit, Properties: properties}
	if err := s.readBackOfSlice(spec).check(ctx, ofSlice); err != nil {
		return err
	}
	return s.readBack(spec).check(ctx, own)
}

// unchangeable turns the manager's refusal of one of the properties into a
// [*property.Error].
func unchangeable(err error, properties []property.Property) error {
	if !systemd1.IsError(err, systemd1.PropertyReadOnly, systemd1.UnknownProperty) {
		return err
	}
	name := unknownProperty(err.Error())
	for _, p := range properties {
		if p.WireName() == name {
			return &property.Error{Name: p.Name(), Value: p.Text(), Reason: "cannot be changed while the scope runs"}
		}
	}
	return err
}
