package scope

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// whitespace is what systemd skips between the parts of a value.
const whitespace = " \t\n\r"

var errNumber = errors.New("not a number")

// decimal takes an unsigned decimal number from the front of s: its whole part
// and the digits of its fraction, of which there must be some after a point.
func decimal(s string) (whole uint64, fraction, rest string, err error) {
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

// digits counts the decimal digits at the front of s.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// sizeUnit is a suffix of a size and what it stands for.
type sizeUnit struct {
	suffix string
	bytes  uint64
}

// sizeUnits are the suffixes in the order in which they may follow each other
// ("1G 500M").
var sizeUnits = []sizeUnit{
	{"E", 1 << 60}, {"P", 1 << 50}, {"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10},
	{"B", 1}, {"", 1},
}

var errSize = errors.New("not a size such as 1048576, 512M or 1.5G")

// parseSize reads a size in bytes; K, M, G, T, P and E are powers of 1024:
//
//	1048576   512M   1.5G   1G 500M
func parseSize(s string) (bytes uint64, err error) {
	units := sizeUnits
	for {
		var term uint64
		term, s, units, err = sizeTerm(strings.TrimLeft(s, whitespace), units)
		if err != nil {
			return 0, err
		}
		if bytes += term; bytes > math.MaxInt64 {
			return 0, errors.New("the size is too large")
		}
		if s == "" {
			return bytes, nil
		}
	}
}

// sizeTerm reads the first number of a size with its suffix, and returns the
// suffixes that may still follow.
func sizeTerm(s string, units []sizeUnit) (bytes uint64, rest string, smaller []sizeUnit, err error) {
	whole, fraction, rest, err := decimal(s)
	if err != nil {
		return 0, "", nil, errSize
	}
	rest = strings.TrimLeft(rest, whitespace)
	for i, u := range units {
		after, ok := strings.CutPrefix(rest, u.suffix)
		if !ok {
			continue
		}
		if whole > math.MaxInt64/u.bytes {
			return 0, "", nil, errors.New("the size is too large")
		}
		part, _ := strconv.ParseFloat("0."+fraction+"0", 64) // digits only
		return whole*u.bytes + uint64(part*float64(u.bytes)), after, units[i+1:], nil
	}
	return 0, "", nil, errSize
}

// permyriadUnits are the signs after a percentage and how many ten-thousandths
// one of each is.
var permyriadUnits = []struct {
	sign   string
	parts  uint64
	digits int // after the point
}{{"%", 100, 2}, {"‰", 10, 1}, {"‱", 1, 0}}

// parsePermyriad reads a share in ten-thousandths: 50% is 5000.
//
//	50%   12.5%   125‰   1250‱
func parsePermyriad(s string) (uint64, error) {
	whole, fraction, rest, err := decimal(s)
	if err != nil || digits(s) == 0 {
		return 0, errors.New("not a percentage such as 50%")
	}
	for _, u := range permyriadUnits {
		if rest != u.sign || len(fraction) > u.digits {
			continue
		}
		if whole > math.MaxUint32/u.parts {
			return 0, errors.New("the percentage is too large")
		}
		padded := fraction + strings.Repeat("0", u.digits-len(fraction))
		part, _ := strconv.ParseUint("0"+padded, 10, 64) // digits only
		return whole*u.parts + part, nil
	}
	return 0, errors.New("not a percentage such as 50%")
}

// parseShare reads a percentage of something that has only 100% and returns it
// on the bus's scale, where 1<<32 - 1 is all (percent-util.h).
func parseShare(s string) (uint32, error) {
	p, err := parsePermyriad(s)
	if err != nil {
		return 0, err
	}
	if p > 10000 {
		return 0, errors.New("more than 100%")
	}
	return uint32((p*math.MaxUint32 + 5000) / 10000), nil
}

// isShare tells a percentage from a plain value.
func isShare(s string) bool {
	return strings.HasSuffix(s, "%") || strings.HasSuffix(s, "‰") || strings.HasSuffix(s, "‱")
}

// parseCount reads a whole number within bounds.
func parseCount(s string, lowest, highest uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, errNumber
	}
	if n < lowest || n > highest {
		return 0, fmt.Errorf("not a number from %d to %d", lowest, highest)
	}
	return n, nil
}
