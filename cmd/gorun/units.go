package main

import (
	"fmt"
	"strings"
	"time"

	"gorun/scope/property"
)

// formatBytes writes a size as a person reads it, in the units of systemd: 512M,
// 63.9M, 4K.
func formatBytes(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1024 && unit < len(units)-1; unit++ {
		value /= 1024
	}
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0")
	if text == "1024" && unit < len(units)-1 {
		text, unit = "1", unit+1
	}
	return text + units[unit:unit+1]
}

// formatTime writes a span that was measured, with no more digits than a person
// reads: 2h 3min 4s, 12.34s, 56ms.
func formatTime(d time.Duration) string {
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

// count is a number with what it counts.
func count(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
