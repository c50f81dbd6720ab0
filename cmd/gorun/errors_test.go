package main

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/manage"
	"gorun/internal/run"
	"gorun/internal/supervise"
)

func TestExitStatusSaysWhoseFaultAnErrorIs(t *testing.T) {
	start := func(errno unix.Errno) error { return &supervise.StartError{Name: "x", Err: errno} }
	usage := &usageError{option: "--x", reason: "no"}
	for _, c := range []struct {
		err  error
		want int
	}{
		{start(unix.ENOENT), 127},
		{start(unix.ENOTDIR), 127},
		{start(unix.EACCES), 126},
		{start(unix.ENOEXEC), 126},
		{start(unix.E2BIG), 126},
		{start(unix.ENOMEM), 125}, // COMMAND was not to blame
		{start(unix.EMFILE), 125},
		{start(unix.ENFILE), 125},
		{&run.NoRoomError{}, 125},
		{&supervise.SetupError{}, 125},
		{errors.New("anything"), 125},
		{usage, 125},
		{fmt.Errorf("wrapped: %w", usage), 125},
		{&manage.NoLogError{Unit: "x.scope"}, 4},
		{&managementError{errors.New("anything")}, 1},
		{&managementError{usage}, 125},
		{&managementError{&manage.NoLogError{Unit: "x.scope"}}, 4},
	} {
		if got := exitStatus(c.err); got != c.want {
			t.Errorf("%T %v: got %d, want %d", c.err, c.err, got, c.want)
		}
	}
}
