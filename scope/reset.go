package scope

import (
	"context"
	"errors"

	"gorun/internal/bus"
)

// ResetFailed has the manager forget a scope that has failed and is kept. One that has
// been forgotten is no error.
func (s *Scope) ResetFailed(ctx context.Context) error {
	err := s.ask(ctx, "reset", func(conn *bus.Conn) error {
		_, err := s.call(ctx, conn, "ResetFailed")
		return err
	})
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}
