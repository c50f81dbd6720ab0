package run

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/cause"
	"gorun/scope"
)

// enter starts the scope with this process in it. Where there is no manager, and with
// BestEffort, COMMAND runs without a scope.
func (r *run) enter() error {
	spec, stop := r.Spec, func() {}
	if r.mayAsk() {
		stop = startAgent(&spec)
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
	if err != nil {
		return err
	}
	r.scope, r.watch.scope = s, s
	r.Tell(Started{s})
	return r.surviveFirst()
}

// startError finds out whether COMMAND was not started because the scope has no room.
// fork(2) returns EAGAIN if there are too many processes.
func startError(err error) error {
	if errors.Is(err, unix.EAGAIN) {
		return &NoRoomError{err}
	}
	return err
}
