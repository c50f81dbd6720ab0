package property

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Infinity is the span that systemd writes as "infinity".
const Infinity = time.Duration(math.MaxInt64)

// infinite is systemd's USEC_INFINITY and CGROUP_LIMIT_MAX.
const infinite = math.MaxUint64

// The units of a span in microseconds. A year has 365.25 days, and a month is a twelfth of
// a year (time-util.h).
const (
	usecPerSecond = 1_000_000
	usecPerMinute = 60 * usecPerSecond
	usecPerHour   = 60 * usecPerMinute
	usecPerDay    = 24 * usecPerHour
	usecPerWeek   = 7 * usecPerDay
	usecPerMonth  = 2_629_800 * usecPerSecond
	usecPerYear   = 31_557_600 * usecPerSecond
)

// spanUnits are the units of a span. If one is the beginning of another, the longer comes
// first.
var spanUnits = []struct {
	name string
	usec uint64
}{
	{"seconds", usecPerSecond}, {"second", usecPerSecond}, {"sec", usecPerSecond}, {"s", usecPerSecond},
	{"minutes", usecPerMinute}, {"minute", usecPerMinute}, {"min", usecPerMinute},
	{"months", usecPerMonth}, {"month", usecPerMonth}, {"M", usecPerMonth},
	{"msec", 1000}, {"ms", 1000}, {"m", usecPerMinute},
	{"hours", usecPerHour}, {"hour", usecPerHour}, {"hr", usecPerHour}, {"h", usecPerHour},
	{"days", usecPerDay}, {"day", usecPerDay}, {"d", usecPerDay},
	{"weeks", usecPerWeek}, {"week", usecPerWeek}, {"w", usecPerWeek},
	{"years", usecPerYear}, {"year", usecPerYear}, {"y", usecPerYear},
	{"usec", 1}, {"us", 1}, {"μs", 1}, {"µs", 1},
}

// errSpan is the error for most invalid spans.
var errSpan = errors.New(`not a time span such as 90, 5min or "1h 30min"`)

// parseSpan reads a time span as systemd.time(7) describes it, in microseconds:
//
//	90   2h30m   1.5h   infinity
func parseSpan(s string) (usec uint64, err error) {
	s = strings.Trim(s, whitespace)
	if s == "infinity" {
		return infinite, nil
	}
	if s == "" {
		return 0, errSpan
	}
	for s != "" {
		term, rest, err := spanTerm(s)
		if err != nil {
			return 0, err
		}
		if term >= infinite-usec {
			return 0, fmt.Errorf("the time span is too long")
		}
		usec += term
		s = strings.TrimLeft(rest, whitespace)
	}
	return usec, nil
}

// spanTerm reads the first number of a span and its unit.
func spanTerm(s string) (usec uint64, rest string, err error) {
	whole, fraction, rest, err := decimal(s)
	if err != nil {
		return 0, "", errSpan
	}
	unit, after := spanUnit(strings.TrimLeft(rest, whitespace))
	if after == rest && rest != "" {
		return 0, "", errSpan // "12.34.56": a number must not follow a number
	}
	if whole >= infinite/unit {
		return 0, "", fmt.Errorf("the time span is too long")
	}
	usec = whole * unit
	for i := range len(fraction) {
		unit /= 10
		usec += uint64(fraction[i]-'0') * unit
	}
	return usec, after, nil
}

// spanUnit takes a unit from the front of s. Without a unit it is the second.
func spanUnit(s string) (usec uint64, rest string) {
	for _, u := range spanUnits {
		if rest, ok := strings.CutPrefix(s, u.name); ok {
			return u.usec, rest
		}
	}
	return usecPerSecond, s
}

// FormatSpan writes a span as systemd does: 1h 30min, 250ms, infinity.
func FormatSpan(d time.Duration) string {
	switch {
	case d == Infinity:
		return "infinity"
	case d < time.Microsecond:
		return "0"
	}
	usec := uint64(d.Microseconds())
	var terms []string
	for _, u := range []struct {
		name string
		usec uint64
	}{
		{"y", usecPerYear}, {"month", usecPerMonth}, {"w", usecPerWeek}, {"d", usecPerDay},
		{"h", usecPerHour}, {"min", usecPerMinute}, {"s", usecPerSecond}, {"ms", 1000}, {"us", 1},
	} {
		if n := usec / u.usec; n > 0 {
			terms = append(terms, fmt.Sprintf("%d%s", n, u.name))
			usec %= u.usec
		}
	}
	return strings.Join(terms, " ")
}

// Duration turns microseconds, in which the manager counts time, into a span. A number
// that does not fit becomes [Infinity].
func Duration(usec uint64) time.Duration {
	if usec > uint64(Infinity.Microseconds()) {
		return Infinity
	}
	return time.Duration(usec) * time.Microsecond
}
