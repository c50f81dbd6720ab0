package logind

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// systemBus is where logind listens.
func systemBus() bus.Address {
	return bus.Address{Path: "/run/dbus/system_bus_socket", MessageBus: true}
}

// StopDelay is how long logind leaves a user's manager running after the last
// session, UserStopDelaySec in logind.conf(5). The longest Duration means for
// ever.
func StopDelay(ctx context.Context) (time.Duration, error) {
	conn, err := bus.Dial(ctx, systemBus())
	if err != nil {
		return 0, fmt.Errorf("ask logind: %w", err)
	}
	defer conn.Close()
	reply, err := conn.Call(ctx, bus.Call{
		Destination: "org.freedesktop.login1",
		Path:        "/org/freedesktop/login1",
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "Get",
		Args:        []any{"org.freedesktop.login1.Manager", "UserStopDelayUSec"},
	})
	var value dbus.Variant
	var usec uint64
	if err == nil {
		err = dbus.Store(reply, &value)
	}
	if err == nil {
		err = value.Store(&usec)
	}
	if err != nil {
		return 0, fmt.Errorf("ask logind: %w", err)
	}
	if usec > math.MaxInt64/1000 {
		return math.MaxInt64, nil
	}
	return time.Duration(usec) * time.Microsecond, nil
}
