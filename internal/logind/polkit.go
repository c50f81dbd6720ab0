package logind

import (
	"context"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// lingerAction is the action that logind asks polkit about when a user wants to linger.
const lingerAction = "org.freedesktop.login1.set-self-linger"

// MayLinger asks polkit whether this process may turn on lingering for its own user. The
// error says why polkit cannot be asked, for example because it is not installed.
func MayLinger(ctx context.Context) (bool, error) {
	authorized, err := askPolkit(ctx)
	if err != nil {
		return false, fmt.Errorf("ask polkit: %w", err)
	}
	return authorized, nil
}

// subject is who asks for authorization, of D-Bus type (sa{sv}).
type subject struct {
	Kind    string
	Details map[string]dbus.Variant
}

func askPolkit(ctx context.Context) (bool, error) {
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return false, err
	}
	defer conn.Close()
	self := subject{"unix-process", map[string]dbus.Variant{
		"pid":        dbus.MakeVariant(uint32(os.Getpid())),
		"start-time": dbus.MakeVariant(uint64(0)), // polkit looks it up
	}}
	reply, err := conn.Call(ctx, bus.Call{
		Destination: "org.freedesktop.PolicyKit1",
		Path:        "/org/freedesktop/PolicyKit1/Authority",
		Interface:   "org.freedesktop.PolicyKit1.Authority",
		Member:      "CheckAuthorization",
		// subject, action, details, flags, cancellation ID
		Args: []any{self, lingerAction, map[string]string{}, uint32(0), ""},
	})
	if err != nil {
		return false, err
	}
	var result struct {
		Authorized, Challenge bool
		Details               map[string]string
	}
	return result.Authorized, dbus.Store(reply, &result)
}
