package run

import (
	"context"
	"errors"
	"time"

	"gorun/internal/cause"
	"gorun/scope"
)

// enter starts the scope with this process in it. Where there is no manager, and with
// BestEffort, COMMAND runs without a scope.
func (r *run) enter() error {
	spec, stop := r.Spec, func() {}
	if spec.Manager == scope.Embedded {
		if err := r.prepareEmbedded(&spec); err != nil {
			return err
		}
	}
	if r.mayAsk() {
		spec.Interactive, stop = startAgent()
	}
	begun := time.Now()
	s, err := scope.Start(context.Background(), spec)
	stop()
	if err != nil {
		err = cause.Explain(err, begun)
	}
	var none *scope.NoManagerError
	if r.BestEffort && !r.MustSurvive && errors.As(err, &none) {
		r.Tell(Warning{&NoScopeError{err}})
		return nil
	}
	if err == nil {
		err = r.checkNoted(s)
	}
	if err != nil {
		return err
	}
	r.scope = s
	r.watch.entered(s)
	if !r.announced {
		r.announced = true
		r.Tell(Started{s})
	}
	return r.surviveFirst()
}
