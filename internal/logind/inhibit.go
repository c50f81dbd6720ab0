package logind

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Inhibited lists what a lock can inhibit (systemd-inhibit(1)).
func Inhibited() []string {
	return []string{"sleep", "idle", "shutdown", "handle-power-key", "handle-suspend-key",
		"handle-hibernate-key", "handle-lid-switch", "handle-reboot-key"}
}

// CheckInhibited says what is wrong with a list that has colons in between. A newer logind may
// know more; it would refuse what it does not know.
func CheckInhibited(what string) error {
	for word := range strings.SplitSeq(what, ":") {
		if !slices.Contains(Inhibited(), word) {
			return fmt.Errorf("%q cannot be inhibited: choose from %s", word, strings.Join(Inhibited(), ", "))
		}
	}
	return nil
}

// RefusedError means that polkit does not let the caller have a lock.
type RefusedError struct{ What string }

func (e *RefusedError) Error() string {
	return "polkit refuses it to you, as it mostly does in a session over ssh"
}

// Inhibit takes one of logind's locks, and returns the descriptor that holds it: the lock ends
// when all copies of the descriptor are closed. who and why are what systemd-inhibit --list
// shows. The error is a [*RefusedError], or says why logind cannot be asked.
func Inhibit(ctx context.Context, what, who, why string) (fd int, err error) {
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return -1, fmt.Errorf("ask logind: %w", err)
	}
	defer conn.Close()
	fd, err = conn.CallForFile(ctx, bus.Call{
		Destination: "org.freedesktop.login1",
		Path:        "/org/freedesktop/login1",
		Interface:   "org.freedesktop.login1.Manager",
		Member:      "Inhibit",
		Args:        []any{what, who, why, "block"},
	})
	switch {
	case systemd1.IsRefused(err):
		return -1, &RefusedError{what}
	case err != nil:
		return -1, fmt.Errorf("ask logind: %w", err)
	}
	return fd, nil
}
