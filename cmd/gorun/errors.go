package main

import (
	"errors"
	"fmt"

	"gorun/internal/manage"
	"gorun/internal/run"
)

// The exit statuses of gorun's own, besides [run.TimeoutStatus].
const (
	statusManagement = 1 // what was done instead of a run failed
	statusMissing    = 4 // there is no run of that name
	statusFailed     = run.FailedStatus
)

// usageError means that an option is wrong.
type usageError struct {
	option string // as it was typed: --unit=x, -p
	reason string
	cause  error // for its hint; nil if there is none
}

func (e *usageError) Unwrap() error { return e.cause }

func (e *usageError) Error() string { return fmt.Sprintf("%s: %s", e.option, e.reason) }

// noCommandError means that there is nothing to run.
type noCommandError struct{}

func (*noCommandError) Error() string { return "no command" }

// exitStatus is gorun's exit status for an error.
func exitStatus(err error) int {
	var noOutput *manage.NoLogError
	var usage *usageError
	var managed *managementError
	var wait *waitError
	switch {
	case errors.As(err, &noOutput):
		return statusMissing
	case errors.As(err, &wait): // what it waits for may have any other status
		return statusFailed
	case errors.As(err, &managed) && !errors.As(err, &usage):
		return statusManagement
	}
	return run.StatusOfFailure(err)
}
