package main

import (
	"errors"
	"fmt"

	"gorun/internal/manage"
	"gorun/internal/run"
	"gorun/scope"
)

// The exit statuses of gorun's own, besides [run.TimeoutStatus].
const (
	statusManagement = 1 // what was done instead of a run failed
	statusMissing    = 4 // there is no run of that name, or no such process
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

// isMissingProcess reports whether a process that was to be adopted does not exist, or not any more.
func isMissingProcess(err error) bool {
	var none *scope.NoProcessError
	var bond *scope.AdoptError
	return errors.As(err, &none) || errors.As(err, &bond) && (bond.Reason == scope.NoProcess || bond.Reason == scope.Ended)
}

// exitStatus is gorun's exit status for an error.
func exitStatus(err error) int {
	var noOutput *manage.NoLogError
	var noRun *manage.NoRunError
	var usage *usageError
	var managed *managementError
	var wait *waitError
	var adopted *adoptedError
	switch {
	case errors.As(err, &noOutput) || errors.As(err, &noRun) || isMissingProcess(err):
		return statusMissing
	case errors.As(err, &wait): // what it waits for may have any other status
		return statusFailed
	case errors.As(err, &adopted):
		return statusManagement
	case errors.As(err, &managed) && !errors.As(err, &usage):
		return statusManagement
	}
	return run.StatusOfFailure(err)
}
