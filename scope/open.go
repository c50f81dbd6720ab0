package scope

import (
	"context"
	"encoding/hex"
	"fmt"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// Open finds a scope by its unit's name, whoever started it. The scope may also have
// failed, if the manager keeps it. The error is [ErrEnded] if there is no such scope, a
// [*UnitNameError] or a [*NoManagerError].
//
// The result means that run of the scope, not a later one of the same name.
func Open(ctx context.Context, m Manager, unit string) (*Scope, error) {
	if err := unitname.Check(unit, suffix); err != nil {
		return nil, &UnitNameError{Name: unit, Reason: err.Error()}
	}
	if m == Embedded {
		return openEmbedded(unit)
	}
	s := &Scope{Unit: unit, Manager: m.resolve()}
	reached, err := m.ask(ctx, func(conn *bus.Conn, at endpoint) error {
		s.at = at
		return s.find(ctx, conn)
	})
	switch {
	case err == nil:
		return s, nil
	case !reached:
		return nil, err
	}
	return nil, s.callError("open", err)
}

// find asks for the scope's current run.
func (s *Scope) find(ctx context.Context, conn *bus.Conn) error {
	if err := s.askInvocation(ctx, conn); err != nil {
		return err
	}
	if s.InvocationID == "" {
		return fmt.Errorf("no such scope: %w", ErrEnded)
	}
	return systemd1.Get(ctx, conn, s.key(), systemd1.Scope, "ControlGroup", &s.Cgroup)
}

// findInvocation finds the invocation ID of a scope that has just started. The manager's
// note saves a question. It has none of a unit with a long name: the name of the note
// would be longer than the kernel allows (unit_export_invocation_id in unit.c).
func (s *Scope) findInvocation(ctx context.Context) {
	if s.InvocationID = s.at.invocationID(s.Unit); s.InvocationID != "" {
		return
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return // it stays unknown
	}
	defer conn.Close()
	s.askInvocation(ctx, conn) // on an error it stays unknown
}

// askInvocation asks for the invocation ID of the unit's current run. It is empty if
// there is none.
func (s *Scope) askInvocation(ctx context.Context, conn *bus.Conn) error {
	var id []byte
	err := systemd1.Get(ctx, conn, s.Unit, systemd1.Unit, "InvocationID", &id)
	s.InvocationID = hex.EncodeToString(id)
	return err
}
