package scope

import (
	"context"
	"fmt"

	"gorun/internal/embedded"
)

// stopEmbedded stops an [Embedded] scope, and returns when what supervises it has ended as well: the
// run's record is then there.
func (s *Scope) stopEmbedded(ctx context.Context) Stopped {
	if _, err := s.held.State(); err != nil {
		return Stopped{Ended: true}
	}
	left, err := s.held.Stop(ctx, embedded.Success)
	switch {
	case err != nil:
		return Stopped{Err: fmt.Errorf("stop %s: %w", s.Unit, err)}
	case left:
		return Stopped{Result: Success, Left: true}
	}
	s.held.AwaitSupervisor(ctx)
	if s.held.Killed() {
		return Stopped{Result: TimedOut, Killed: true}
	}
	return Stopped{Result: Success}
}
