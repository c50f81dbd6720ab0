package property

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gorun/internal/quoting"
)

// whitespace is what systemd skips between the parts of a value.
const whitespace = quoting.Whitespace

var errNumber = errors.New("not a number")

// parseInteger reads a whole number as systemd does (safe_atollu in parse-util.c):
//
//	17   0x11   0b10001   0o21   021
func parseInteger(s string) (uint64, error) {
	s = strings.TrimPrefix(strings.TrimLeft(s, whitespace), "+")
	if strings.Contains(s, "_") { // Go's own
		return 0, errNumber
	}
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return 0, errNumber
	}
	return n, nil
}

// parseCount reads a whole number within bounds.
func parseCount(s string, lowest, highest uint64) (uint64, error) {
	n, err := parseInteger(s)
	switch {
	case err != nil:
		return 0, err
	case n < lowest && highest == math.MaxUint64:
		return 0, fmt.Errorf("not a number of at least %d", lowest)
	case n < lowest || n > highest:
		return 0, fmt.Errorf("not a number from %d to %d", lowest, highest)
	}
	return n, nil
}

// decimal takes an unsigned decimal number from the front of s: its whole part and the
// digits of its fraction. After a point there must be digits.
func decimal(s string) (whole uint64, fraction, rest string, err error) {
	s = skipPlus(s)
	n := digits(s)
	rest = s[n:]
	if after, ok := strings.CutPrefix(rest, "."); ok {
		fraction = after[:digits(after)]
		rest = after[len(fraction):]
		if fraction == "" {
			return 0, "", "", errNumber
		}
	} else if n == 0 {
		return 0, "", "", errNumber
	}
	if n > 0 {
		whole, err = strconv.ParseUint(s[:n], 10, 63)
	}
	return whole, fraction, rest, err
}

// skipPlus drops the sign that strtoll(3) accepts in front of digits.
func skipPlus(s string) string {
	if after, ok := strings.CutPrefix(s, "+"); ok && digits(after) > 0 {
		return after
	}
	return s
}

// digits counts the decimal digits at the front of s.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
