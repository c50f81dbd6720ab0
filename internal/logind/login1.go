package logind

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// Rules are the settings of logind.conf(5) about what happens at logout.
type Rules struct {
	// KillUserProcesses reports whether a session's processes are killed with it.
	KillUserProcesses bool
	// KillOnlyUsers lists the only users whose processes are killed, whatever
	// KillUserProcesses says. Empty means no such restriction.
	KillOnlyUsers []string
	// KillExcludeUsers lists the users who are spared. Empty means root.
	KillExcludeUsers []string
	// StopDelay is how long a user's manager keeps running after the last session,
	// from UserStopDelaySec. The longest Duration means that the user never stops.
	StopDelay time.Duration
	// Version is systemd's, from the system manager. Empty if that does not say.
	Version string
}

// ReadRules asks logind for its settings.
func ReadRules(ctx context.Context) (Rules, error) {
	rules, err := readRules(ctx)
	if err != nil {
		return Rules{}, fmt.Errorf("ask logind: %w", err)
	}
	return rules, nil
}

func readRules(ctx context.Context) (Rules, error) {
	conn, err := bus.Dial(ctx, bus.SystemBus())
	if err != nil {
		return Rules{}, err
	}
	defer conn.Close()
	reply, err := conn.Call(ctx, bus.Call{
		Destination: "org.freedesktop.login1",
		Path:        "/org/freedesktop/login1",
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "GetAll",
		Args:        []any{"org.freedesktop.login1.Manager"},
	})
	var values map[string]dbus.Variant
	if err == nil {
		err = dbus.Store(reply, &values)
	}
	if err != nil {
		return Rules{}, err
	}
	rules, err := rulesFrom(values)
	rules.Version, _ = systemd1.Version(ctx, conn) // without it no risk is known
	return rules, err
}

// rulesFrom picks the rules from logind's properties.
func rulesFrom(values map[string]dbus.Variant) (Rules, error) {
	var r Rules
	var delay uint64
	for name, field := range map[string]any{
		"KillUserProcesses": &r.KillUserProcesses,
		"KillOnlyUsers":     &r.KillOnlyUsers,
		"KillExcludeUsers":  &r.KillExcludeUsers,
		"UserStopDelayUSec": &delay,
	} {
		value, ok := values[name]
		if !ok {
			return Rules{}, fmt.Errorf("logind has no %s", name)
		}
		if err := value.Store(field); err != nil {
			return Rules{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	r.StopDelay = span(delay)
	return r, nil
}

// span converts systemd's microseconds into a Duration. Infinity becomes the longest one.
func span(usec uint64) time.Duration {
	if usec > math.MaxInt64/1000 {
		return math.MaxInt64
	}
	return time.Duration(usec) * time.Microsecond
}
