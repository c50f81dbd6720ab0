package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gorun/internal/logind"
	"gorun/scope"
	"gorun/scope/property"
)

// surviveTimeout bounds the wait for logind, polkit and the lease's unit, which
// take some tens of milliseconds and on an emulated machine seconds.
const surviveTimeout = 20 * time.Second

// mortalError tells that the run ends when the user's manager does.
type mortalError struct {
	reason string
	delay  time.Duration // from the last logout; negative if not known
}

func (e *mortalError) Error() string {
	when := "soon after"
	switch {
	case e.delay == 0: // UserStopDelaySec=0
		when = "with"
	case e.delay > 0:
		when = property.FormatSpan(e.delay) + " after"
	}
	return fmt.Sprintf("ends %s your last logout: %s", when, e.reason)
}

// checkSurvival finds out whether the scope outlives the user's last session. The
// error is nil or a [*mortalError].
func checkSurvival(s *scope.Scope) error {
	if s.Manager == scope.SystemManager {
		return nil // does not end
	}
	ctx, cancel := context.WithTimeout(context.Background(), surviveTimeout)
	defer cancel()
	refused := s.AwaitLease(ctx)
	verdict, err := logind.ManagerVerdict(ctx, os.Geteuid())
	switch {
	case err != nil:
		return &mortalError{errors.Join(refused, err).Error(), -1}
	case refused == nil && verdict.Survives, verdict.Reason == logind.StopDelay:
		return nil
	case refused == nil:
		return &mortalError{verdict.Why, verdict.Delay}
	case verdict.Survives:
		return &mortalError{refused.Error(), -1} // by what is not ours to rely on
	}
	return &mortalError{refused.Error(), verdict.Delay}
}
