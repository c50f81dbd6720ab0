package scope

import (
	"fmt"
	"strings"
)

func parseCPUSet(text string) ([]byte, error) {
	set := []byte{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, second, isRange := strings.Cut(word, "-")
		if !isRange {
			second = first
		}
		low, err := parseCount(first, 0, 8191)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		high, err := parseCount(second, 0, 8191)
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
