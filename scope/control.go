package scope

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Stop has the manager stop the scope, and returns when that is done: it sends the
// scope's stop signal, SIGTERM by default, to all processes in it, and SIGKILL to
// those that are left after TimeoutStopSec, 90 seconds by default. A scope that has
// ended is no error; a later one of the same name is left alone.
//
// A caller who is in the scope is stopped with it. If ctx ends before the scope
// does, the stopping goes on.
func (s *Scope) Stop(ctx context.Context) error {
	err := s.ask(ctx, "stop", func(conn *bus.Conn) error { return s.stop(ctx, conn) })
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}

func (s *Scope) stop(ctx context.Context, conn *bus.Conn) error {
	if err := conn.Match(systemd1.Rule("JobRemoved")); err != nil {
		return err
	}
	reply, err := s.call(ctx, conn, "Stop", jobMode)
	if err != nil {
		return err
	}
	var path dbus.ObjectPath
	if err := dbus.Store(reply, &path); err != nil {
		return err
	}
	err = waitForJob(ctx, conn, s.Unit, path)
	var job *JobError
	if errors.As(err, &job) {
		return &CallError{Doing: "stop", Unit: s.Unit, Name: job.Result, Message: "job " + job.Result}
	}
	return err
}

// Kill has the manager send a signal to all processes in the scope. The error is
// [ErrEnded] if there is no such scope any more.
func (s *Scope) Kill(ctx context.Context, sig unix.Signal) error {
	return s.ask(ctx, "kill", func(conn *bus.Conn) error {
		_, err := s.call(ctx, conn, "Kill", "all", int32(sig))
		return err
	})
}

// SetProperties changes properties of the scope while it runs, until it ends. Of a
// scope's own properties the manager lets only limits and the description be
// changed; for another one the error is a [*property.Error], and then nothing has
// been changed. As with [Start], limits are read back: one that is not in force is a
// [*LimitError]. The error is [ErrEnded] if there is no such scope any more.
func (s *Scope) SetProperties(ctx context.Context, properties ...property.Property) error {
	message := encode(properties)
	err := s.ask(ctx, "set properties of", func(conn *bus.Conn) error {
		const untilItEnds = true
		if _, err := s.call(ctx, conn, "SetProperties", untilItEnds, message); err != nil {
			return unchangeable(err, properties)
		}
		// The manager applies them after its answer, before it reads the next
		// question.
		var state string
		return systemd1.Get(ctx, conn, s.key(), systemd1.Unit, "ActiveState", &state)
	})
	if err != nil {
		return err
	}
	readBack := &readBack{scope: s, spec: Spec{Manager: s.Manager, Unit: s.Unit, Properties: properties}}
	return readBack.check(ctx, properties)
}

// unchangeable makes a [*property.Error] of the manager's refusal of one of the
// properties.
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

// Group is the scope's cgroup, which can be read and watched without the manager.
// It is removed with the scope.
func (s *Scope) Group() (cgroup.Group, error) {
	if s.Cgroup == "" {
		return cgroup.Group{}, cgroup.ErrGone // it had ended before Open
	}
	return cgroup.At(s.Cgroup)
}

// Stats reads what the scope has used, from the kernel. The error is
// [cgroup.ErrGone] if the scope has ended: its figures go with it.
func (s *Scope) Stats() (cgroup.Stats, error) {
	group, err := s.Group()
	if err != nil {
		return cgroup.Stats{}, err
	}
	return group.ReadStats()
}
