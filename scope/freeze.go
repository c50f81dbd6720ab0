package scope

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"time"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Freeze suspends all processes of the scope, and returns when they have stopped. With
// [Spec].OwnSlice it suspends all of the run. The manager does it, so that it knows; if it
// cannot, the kernel is asked directly.
//
// A frozen process handles no signal but SIGKILL. Time goes on: a scope whose RuntimeMax is
// over is stopped, and what does not get to handle the stop signal is killed after
// TimeoutStopSec. [Scope.Stop] thaws the scope first.
//
// The error is [ErrEnded] if the scope has ended, a [*CallError] if the manager refuses, and a
// [*HalfFrozenError] if not all processes stop before ctx ends, or the manager fails: then those
// that have stopped run again.
func (s *Scope) Freeze(ctx context.Context) error {
	if s.held != nil && s.Cgroup == "" {
		return s.noGroup("freeze")
	}
	wasFrozen := s.isToStop()
	err := s.freezeWith(ctx, "freeze", "Freeze", func(group cgroup.Group) error {
		err := group.Freeze(ctx)
		if ctx.Err() != nil {
			return errors.New("not all processes have stopped in time")
		}
		return err
	})
	if err == nil || wasFrozen || hasFrozenNothing(err) {
		return err
	}
	ctx, cancel := bus.WithSilenceLimit(context.WithoutCancel(ctx), thawTimeout)
	defer cancel()
	return &HalfFrozenError{Err: err, ThawErr: s.Thaw(ctx)}
}

// thawTimeout is how long the manager may be silent when it is asked to undo a freeze.
const thawTimeout = 10 * time.Second

// hasFrozenNothing reports whether a freeze has failed before a process was suspended. A manager
// refuses to freeze a scope that is being stopped, or that another program is freezing
// (bus_unit_method_freezer_generic in systemd).
func hasFrozenNothing(err error) bool {
	var refused *CallError
	if errors.As(err, &refused) && (refused.Refused() || refused.Name == systemd1.UnitBusy || refused.Name == systemd1.UnitInactive) {
		return true
	}
	return errors.Is(err, ErrEnded) || errors.Is(err, fs.ErrPermission)
}

// isToStop reports whether somebody has frozen the scope, by the kernel's word.
func (s *Scope) isToStop() bool {
	group, err := s.Figures()
	if err != nil {
		return false // the manager will say what is wrong
	}
	asked, err := group.IsFrozen()
	return asked && err == nil
}

// Thaw resumes what [Scope.Freeze] has suspended, or another program has. That the scope is not
// frozen is no error. The errors are those of Freeze.
func (s *Scope) Thaw(ctx context.Context) error {
	err := s.freezeWith(ctx, "thaw", "Thaw", cgroup.Group.Thaw)
	if err != nil {
		return err
	}
	// The manager may not know that the group was frozen, and then leaves it alone.
	group, err := s.Figures()
	if err != nil {
		return nil // it was the manager's word that counts
	}
	if frozen, err := group.IsFrozen(); !frozen || err != nil {
		return nil // as above; a group that is gone has no frozen process
	}
	return group.Thaw()
}

// freezeWith has the manager do something to the cgroup whose figures are the run's, or does
// it directly.
func (s *Scope) freezeWith(ctx context.Context, doing, method string, directly func(cgroup.Group) error) error {
	if s.held != nil {
		return s.freezeEmbedded(doing, directly)
	}
	err := s.ask(ctx, doing, func(conn *bus.Conn) error {
		if s.hasOwnSlice() {
			_, err := conn.Call(ctx, systemd1.UnitCall(path.Base(s.figures()), method))
			return err
		}
		_, err := s.call(ctx, conn, method)
		return err
	})
	var failed *CallError
	if !errors.As(err, &failed) || failed.Name != systemd1.NotSupported && failed.Name != systemd1.UnknownMethod {
		return err
	}
	group, noGroup := s.Figures()
	if noGroup != nil {
		return err
	}
	err = directly(group)
	if errors.Is(err, cgroup.ErrGone) {
		return s.callError(doing, ErrEnded)
	}
	return s.callError(doing, err)
}

// IsFrozen reports whether all processes of the scope are suspended, by the kernel's word. It
// is false if the kernel's files cannot be read.
func (s *Scope) IsFrozen() bool {
	group, err := s.Figures()
	if err != nil {
		return false
	}
	events, err := group.Events()
	return err == nil && events != nil && events.Frozen
}

// thawToStop lets the processes of a frozen scope handle the stop signal. Since systemd 256 a
// manager refuses to stop a scope that it has frozen; others kill it after TimeoutStopSec.
func (s *Scope) thawToStop(ctx context.Context) error {
	group, err := s.Figures()
	if err != nil || isInNamespace() {
		return nil // the manager will say what is wrong
	}
	asked, _ := group.IsFrozen() // what cannot be read is not frozen
	if !asked && !s.IsFrozen() {
		return nil
	}
	return s.Thaw(ctx)
}
