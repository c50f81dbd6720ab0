package scope

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Join moves the calling process into the scope, which somebody else has started, and
// returns when it is inside. The scope ends when its last process does.
//
// spec describes the scope that the caller would have started. The running scope must have
// its limits and other properties, except for the defaults and for what only describes a
// scope, because Join changes nothing for the processes that are inside already. What
// [Spec].BestEffort, a drop-in and [Spec].Linger mean is as for [Start]. A lease of the
// caller's is the one that the scope holds; see [Scope.AwaitLease].
//
// The error is [ErrEnded] if the scope ends at this moment. The caller is then where it was,
// or in a scope of its own that Join has started. It is a [*LimitError] if the scope lacks a
// property, a [*CallError] if the process may not be moved, or an error of [Start]'s.
func (s *Scope) Join(ctx context.Context, spec Spec) error {
	if s.held != nil {
		return s.joinEmbedded(spec)
	}
	if err := s.checkHas(ctx, spec); err != nil {
		return err
	}
	if err := s.checkThawed(); err != nil {
		return err
	}
	if err := s.enter(ctx); err != nil {
		return s.unlessOver(ctx, err)
	}
	wants, err := s.confirmJoined(ctx)
	if errors.Is(err, ErrEnded) {
		return cmp.Or(s.leave(ctx, spec), err)
	}
	if err != nil {
		return err
	}
	if s.lease = spec.lease(); s.lease.isWanted() && !slices.Contains(wants, lingerUnit) {
		s.lease = lease{refused: errors.New("the scope that runs was started without a lease")}
	}
	return nil
}

// checkThawed refuses a frozen scope: the process would stop in the moment of its move, and
// only SIGKILL would end it.
func (s *Scope) checkThawed() error {
	if s.held == nil && isInNamespace() {
		return nil
	}
	group, err := s.Group()
	if err != nil {
		return err
	}
	events, err := group.Events()
	switch {
	case errors.Is(err, cgroup.ErrGone):
		return ErrEnded
	case err == nil && events != nil && events.Frozen:
		return &CallError{Doing: "join", Unit: s.Unit, Message: "the scope is frozen"}
	}
	return err
}

// enter moves the calling process into the scope's cgroup.
func (s *Scope) enter(ctx context.Context) error {
	m := mover{scope: s}
	defer m.close()
	return m.move(ctx, 0)
}

// unlessOver replaces an error by [ErrEnded] if the scope has ended, or is about to.
func (s *Scope) unlessOver(ctx context.Context, err error) error {
	state, stateErr := s.State(ctx)
	if errors.Is(err, cgroup.ErrGone) || errors.Is(stateErr, ErrEnded) || stateErr == nil && state.Stopping() {
		return ErrEnded
	}
	return s.callError("join", err)
}

// confirmJoined makes sure that the process is in the scope, and that the scope goes on. Once
// the manager says so, the scope cannot end before the process, unless it is stopped. The
// manager may have noticed just before the move that the scope was empty: it has then
// forgotten the scope, and could not remove the cgroup.
func (s *Scope) confirmJoined(ctx context.Context) (wants []string, err error) {
	own, err := placedPID(s.Unit, 0)
	if err != nil {
		return nil, err
	}
	err = s.ask(ctx, "join", func(conn *bus.Conn) error {
		s.ManagerPID = managerPID(conn, s.Manager)
		var id []byte
		var group string
		if err := errors.Join(
			systemd1.Get(ctx, conn, s.Unit, systemd1.Unit, "InvocationID", &id),
			systemd1.Get(ctx, conn, s.Unit, systemd1.Scope, "ControlGroup", &group),
			systemd1.Get(ctx, conn, s.Unit, systemd1.Unit, "Wants", &wants),
		); err != nil {
			return err
		}
		state, err := systemd1.ReadUnitState(ctx, conn, s.Unit)
		if err == nil && (hex.EncodeToString(id) != s.InvocationID || state.Active != "active" || group != own && !isInNamespace()) {
			err = ErrEnded
		}
		return err
	})
	s.Cgroup = own
	return wants, err
}

// leave moves the process out of a scope that ends, into one of its own. A scope that is being
// stopped waits for all of its processes, and would in the end kill this one, which has not
// got the stop's signal.
func (s *Scope) leave(ctx context.Context, spec Spec) error {
	if !Entered(s.Unit) {
		return nil
	}
	name, err := NewName(strings.TrimSuffix(s.Unit, suffix))
	if err != nil {
		return err
	}
	_, err = Start(ctx, Spec{
		Manager: s.Manager, Unit: name, Linger: spec.Linger,
		Description: "Waits for the end of " + s.Unit, Documentation: spec.Documentation,
	})
	return err
}

// StopSignal asks the manager for the signal by which it stops the scope. The error is
// [ErrEnded] if the manager has forgotten the scope.
func (s *Scope) StopSignal(ctx context.Context) (unix.Signal, error) {
	if s.held != nil {
		return s.held.StopSignal(), nil
	}
	var sig int32
	err := s.ask(ctx, "ask about", func(conn *bus.Conn) error {
		return systemd1.Get(ctx, conn, s.key(), systemd1.Scope, "KillSignal", &sig)
	})
	return unix.Signal(sig), err
}
