package run

import (
	"errors"

	"golang.org/x/sys/unix"

	"gorun/internal/supervise"
)

// gorun's exit statuses if COMMAND has not run, which are those of env(1).
const (
	FailedStatus   = 125 // gorun itself failed
	CannotStatus   = 126 // COMMAND cannot be executed
	NotFoundStatus = 127 // there is no COMMAND
)

// StatusOfFailure is gorun's exit status if COMMAND has not run.
func StatusOfFailure(err error) int {
	var start *supervise.StartError
	var noRoom *NoRoomError
	switch {
	case errors.As(err, &noRoom) || lacksResources(err) || !errors.As(err, &start):
		return FailedStatus
	case start.NotFound():
		return NotFoundStatus
	}
	return CannotStatus
}

// lacksResources reports whether COMMAND was not started because the system lacks memory
// or descriptors.
func lacksResources(err error) bool {
	return errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}
