package cgroup

import (
	"bytes"
	"math"
	"strconv"
)

// Limit is the value of a file such as memory.max or pids.max, in the unit of
// that file. Zero is a limit of zero.
type Limit uint64

// Max means no limit; the kernel writes max. It is greater than any other Limit.
const Max Limit = math.MaxUint64

// String returns the limit as the kernel writes it: a number, or max.
func (l Limit) String() string {
	if l == Max {
		return "max"
	}
	return strconv.FormatUint(uint64(l), 10)
}

// parseLimit parses a file that holds one number, or the word max:
//
//	max
func parseLimit(data []byte) (Limit, error) {
	if string(bytes.TrimSuffix(data, []byte("\n"))) == "max" {
		return Max, nil
	}
	n, err := parseCount(data)
	return Limit(n), err
}
