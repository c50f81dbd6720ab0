package run

import (
	"context"
	"time"

	"gorun/internal/bus"
	"gorun/internal/logind"
)

// inhibitTimeout is how long logind may be silent, which asks polkit.
const inhibitTimeout = 10 * time.Second

// InhibitError means that the run does not hold the lock that it asked for.
type InhibitError struct {
	What string
	Err  error
}

func (e *InhibitError) Error() string {
	return "COMMAND runs without this lock: " + e.Err.Error()
}

func (e *InhibitError) Unwrap() error { return e.Err }

// inhibit takes logind's lock for the run's time. This process holds it, so that the lock ends
// with it, however it ends; COMMAND does not inherit it. Nothing closes the descriptor. The run
// goes on without the lock.
func (r *run) inhibit() {
	if r.Inhibit == "" {
		return
	}
	r.supervisor.During(func() error {
		ctx, cancel := bus.WithSilenceLimit(context.Background(), inhibitTimeout)
		defer cancel()
		if _, err := logind.Inhibit(ctx, r.Inhibit, r.Spec.Unit, r.Spec.Description); err != nil {
			r.Tell(Warning{&InhibitError{r.Inhibit, err}})
		}
		return nil
	})
}
