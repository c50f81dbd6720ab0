package property

import (
	"errors"
	"fmt"
	"strings"

	"gorun/internal/quoting"
)

// cpuLimit is the most CPUs that systemd's sets can have (cpu-set-util.c).
const cpuLimit = 8192

// cpuSetSyntax is a set of CPUs or memory nodes (ay).
func cpuSetSyntax(metavar string) syntax { return plain(metavar, ParseCPUSet) }

// ParseCPUSet reads a set of CPUs, written as numbers and ranges, as systemd does
// (parse_cpu_set). It refuses a range from high to low, which systemd takes for an empty
// one. The result has a bit for each CPU, the lowest first, in multiples of 8 bytes as
// systemd-run(1) sends them.
//
//	0   0-3   0,2-3 7
func ParseCPUSet(text string) ([]byte, error) {
	set := []byte{}
	list, err := quoting.Split(text, whitespace+",")
	if err != nil {
		return nil, err
	}
	for _, word := range list {
		low, high, err := parseRange(word, cpuLimit-1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		for int(high) >= 8*len(set) {
			set = append(set, make([]byte, 8)...)
		}
		for cpu := low; cpu <= high; cpu++ {
			set[cpu/8] |= 1 << (cpu % 8)
		}
	}
	return set, nil
}

// parseRange reads a number, or two numbers with a dash between.
func parseRange(text string, highest uint64) (low, high uint64, err error) {
	first, second, isRange := strings.Cut(text, "-")
	if low, err = parseCount(first, 0, highest); err != nil || !isRange {
		return low, low, err
	}
	if high, err = parseCount(second, 0, highest); err == nil && high < low {
		err = errors.New("the range goes from high to low")
	}
	return low, high, err
}
