package property

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// permyriadUnits are the signs after a percentage, and how many ten-thousandths each
// stands for.
var permyriadUnits = []struct {
	sign   string
	parts  uint64
	digits int // after the point, at most
}{{"%", 100, 2}, {"‰", 10, 1}, {"‱", 1, 0}}

var errPercent = errors.New("not a percentage such as 50%")

// parsePermyriad reads a share in ten-thousandths, as systemd does
// (parse_permyriad_unbounded in percent-util.c): 50% is 5000.
//
//	50%   12.5%   125‰   1250‱
func parsePermyriad(s string) (uint64, error) {
	for _, u := range permyriadUnits {
		number, ok := strings.CutSuffix(s, u.sign)
		if !ok {
			continue
		}
		whole, fraction, point := strings.Cut(number, ".")
		if point && (fraction == "" || len(fraction) > u.digits || digits(fraction) < len(fraction)) {
			return 0, errPercent
		}
		n, err := parseInteger(whole)
		if err != nil {
			return 0, errPercent
		}
		padded := fraction + strings.Repeat("0", u.digits-len(fraction))
		part, _ := strconv.ParseUint("0"+padded, 10, 64) // digits only
		if n > (math.MaxInt32-part)/u.parts {
			return 0, errors.New("the percentage is too large")
		}
		return n*u.parts + part, nil
	}
	return 0, errPercent
}

// parseShare reads a percentage of at most 100% and returns it on the scale of D-Bus, where
// 1<<32 - 1 is all (percent-util.h).
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

// isShare reports whether a value is a percentage.
func isShare(s string) bool {
	for _, u := range permyriadUnits {
		if strings.HasSuffix(s, u.sign) {
			return true
		}
	}
	return false
}

// shareSyntax is a percentage on the scale of D-Bus (u).
func shareSyntax() syntax { return plain("PERCENT", parseShare) }
