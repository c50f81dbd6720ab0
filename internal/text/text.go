// Package text writes values as people and scripts read them: sizes, durations, counts,
// columns and JSON. What gorun prints leaves through [Fprintf], [Sheet] or [JSON], which
// make texts from elsewhere safe for a terminal.
package text

import (
	"fmt"
	"time"

	"gorun/scope/property"
)

// Bytes writes a size in the units of systemd: 512M, 63.9M, 4K.
func Bytes(n uint64) string { return property.FormatSize(n) }

// Duration writes a measured duration, with as many digits as a person reads:
// 2h 3min 4s, 12.34s, 56ms.
func Duration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return property.FormatSpan(d.Round(time.Second))
	case d >= time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d >= time.Millisecond:
		return property.FormatSpan(d.Round(time.Millisecond))
	}
	return property.FormatSpan(d)
}

// Span writes a duration in at most two units, for a table: 2d 3h, 5min 12s, 1.5s, 20ms.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		d = d.Truncate(time.Hour)
	case d >= time.Hour:
		d = d.Truncate(time.Minute)
	case d >= 10*time.Second:
		d = d.Truncate(time.Second)
	case d >= time.Second:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	default:
		d = d.Truncate(time.Millisecond)
	}
	return property.FormatSpan(d)
}

// Count writes a number with the noun it counts: 1 process, 2 processes.
func Count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// OrNull returns nil, which is null in JSON, for an empty string.
func OrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// OrEmpty returns the string that s points to, or the empty string if s is nil.
func OrEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Systemctl is the command that speaks to a user manager or to the system manager.
func Systemctl(ofUser bool) string {
	if ofUser {
		return "systemctl --user"
	}
	return "systemctl"
}
