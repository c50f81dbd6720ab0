package scope

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
)

// On a busy machine that takes longer than fifty questions.
func TestManagerThatReexecutesForLongIsAwaited(t *testing.T) {
	runs := func(context.Context) error { return nil }
	for name, c := range map[string]struct {
		away time.Duration
		err  error
		want error
	}{
		"some time":  {absence / 10, unix.ECONNREFUSED, nil},
		"no access":  {absence / 10, unix.EACCES, unix.EACCES},
		"for longer": {2 * absence, unix.ECONNREFUSED, unix.ECONNREFUSED},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			back := time.Now().Add(c.away)
			_, err := (&Scope{Manager: UserManager}).retryWhile(t.Context(), runs, func(context.Context) (*bus.Conn, error) {
				if time.Now().Before(back) {
					return nil, c.err
				}
				return nil, nil
			})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	ended := errors.New("it has ended")
	_, err := (&Scope{Manager: UserManager}).retryWhile(t.Context(), func(context.Context) error { return ended }, func(context.Context) (*bus.Conn, error) {
		return nil, unix.ECONNREFUSED
	})
	if !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
}
