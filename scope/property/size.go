package property

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sizeUnit is a suffix of a size, and its number of bytes.
type sizeUnit struct {
	suffix string
	bytes  uint64
}

// sizeUnits are the suffixes, in the order in which they may follow each other: 1G 500M.
func sizeUnits(base uint64) []sizeUnit {
	var units []sizeUnit
	bytes := uint64(1)
	for _, suffix := range []string{"K", "M", "G", "T", "P", "E"} {
		bytes *= base
		units = append([]sizeUnit{{suffix, bytes}}, units...)
	}
	return append(units, sizeUnit{"B", 1}, sizeUnit{"", 1})
}

var (
	errSize      = errors.New("not a size such as 1048576, 512M or 1.5G")
	errSizeLarge = errors.New("the size is too large")
)

// parseSize reads a size in bytes as systemd does (parse_size in parse-util.c). K, M, G,
// T, P and E are powers of the base: 1024 for memory, 1000 for the bandwidth of devices.
//
//	1048576   512M   1.5G   1G 500M
func parseSize(s string, base uint64) (bytes uint64, err error) {
	units := sizeUnits(base)
	for {
		var term uint64
		term, s, units, err = sizeTerm(strings.TrimLeft(s, whitespace), units)
		if err != nil {
			return 0, err
		}
		if term > math.MaxUint64-bytes {
			return 0, errSizeLarge
		}
		bytes += term
		if s == "" {
			return bytes, nil
		}
	}
}

// sizeTerm reads the first number of a size with its suffix, and returns the
// suffixes that may still follow.
func sizeTerm(s string, units []sizeUnit) (bytes uint64, rest string, smaller []sizeUnit, err error) {
	s = skipPlus(s)
	n := digits(s)
	if n == 0 {
		return 0, "", nil, errSize
	}
	whole, err := strconv.ParseUint(s[:n], 10, 64)
	if err != nil {
		return 0, "", nil, errSizeLarge
	}
	fraction, rest, err := sizeFraction(s[n:])
	if err != nil {
		return 0, "", nil, err
	}
	rest = strings.TrimLeft(rest, whitespace)
	for i, u := range units {
		after, ok := strings.CutPrefix(rest, u.suffix)
		if !ok {
			continue
		}
		if whole > math.MaxUint64/u.bytes || fraction > 0 && whole+1 > math.MaxUint64/u.bytes {
			return 0, "", nil, errSizeLarge
		}
		return whole*u.bytes + uint64(fraction*float64(u.bytes)), after, units[i+1:], nil
	}
	return 0, "", nil, errSize
}

// sizeFraction reads what may follow the whole part; "10." is 10. It divides digit by
// digit to round as systemd does.
func sizeFraction(s string) (fraction float64, rest string, err error) {
	after, ok := strings.CutPrefix(s, ".")
	n := digits(after)
	if !ok || n == 0 {
		return 0, after, nil
	}
	value, err := strconv.ParseUint(after[:n], 10, 64)
	if err != nil {
		return 0, "", errSizeLarge
	}
	fraction = float64(value)
	for range n {
		fraction /= 10
	}
	return fraction, after[n:], nil
}

// FormatSize writes a size in the units of systemd: 512M, 63.9M, 4K.
func FormatSize(n uint64) string {
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
