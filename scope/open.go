package scope

import (
	"context"
	"encoding/hex"
	"fmt"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// Open finds a scope that somebody has started, by its unit's name, or one that has
// failed and that the manager keeps. The error is [ErrEnded] if there is none of that
// name, a [*UnitNameError] or a [*NoManagerError].
//
// What is opened is that run of the scope, not a later one of the same name.
func Open(ctx context.Context, m Manager, unit string) (*Scope, error) {
	if err := unitname.Check(unit, suffix); err != nil {
		return nil, &UnitNameError{Name: unit, Reason: err.Error()}
	}
	conn, at, err := m.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	s := &Scope{Unit: unit, Manager: m.resolve(), at: at}
	if err := s.find(ctx, conn); err != nil {
		return nil, s.callError("open", err)
	}
	return s, nil
}

// find asks for the scope's current run.
func (s *Scope) find(ctx context.Context, conn *bus.Conn) error {
	var id []byte
	if err := systemd1.Get(ctx, conn, s.Unit, systemd1.Unit, "InvocationID", &id); err != nil {
		return err
	}
	if len(id) == 0 {
		return fmt.Errorf("no such scope: %w", ErrEnded)
	}
	s.InvocationID = hex.EncodeToString(id)
	return systemd1.Get(ctx, conn, s.key(), systemd1.Scope, "ControlGroup", &s.Cgroup)
}
