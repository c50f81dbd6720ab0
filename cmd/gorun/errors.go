package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"gorun/internal/manage"
	"gorun/internal/run"
	"gorun/internal/supervise"
	"gorun/scope"
)

// The exit statuses of gorun's own, besides [run.TimeoutStatus].
const (
	statusManagement = 1 // what was done instead of a run failed
	statusMissing    = 4 // there is no run of that name, or no such process
	statusFailed     = 125
	statusCannot     = 126
	statusNotFound   = 127
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

// lacksResources reports whether COMMAND was not started because the system lacks memory
// or descriptors.
func lacksResources(err error) bool {
	return errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// isMissingProcess reports whether a process that was to be adopted does not exist.
func isMissingProcess(err error) bool {
	var none *scope.NoProcessError
	var bond *scope.AdoptError
	return errors.As(err, &none) || errors.As(err, &bond) && bond.Reason == scope.NoProcess
}

// exitStatus is gorun's exit status for an error.
func exitStatus(err error) int {
	var start *supervise.StartError
	var noOutput *manage.NoLogError
	var usage *usageError
	var managed *managementError
	var adopted *adoptedError
	switch {
	case errors.As(err, &noOutput) || isMissingProcess(err):
		return statusMissing
	case errors.As(err, &adopted):
		return statusManagement
	case errors.As(err, &managed) && !errors.As(err, &usage):
		return statusManagement
	}
	var noRoom *run.NoRoomError
	if errors.As(err, &noRoom) || lacksResources(err) || !errors.As(err, &start) {
		return statusFailed
	}
	if start.NotFound() {
		return statusNotFound
	}
	return statusCannot
}
