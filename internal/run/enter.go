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
	spec := r.Spec
	if spec.Manager == scope.Embedded {
		if err := r.prepareEmbedded(&spec); err != nil {
			return err
		}
	}
	begun := time.Now()
	var s *scope.Scope
	err := r.withAgent(func(isReady bool) (err error) {
		spec.Interactive = isReady
		s, err = scope.Start(context.Background(), spec)
		return err
	})
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
