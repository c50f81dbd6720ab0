package scope

import "testing"

func TestSwapOfTheMachineIsRead(t *testing.T) {
	for meminfo, want := range map[string]uint64{
		"MemFree:  1 kB\nSwapTotal:       2097148 kB\nSwapFree: 7 kB\n": 2097148 << 10,
		"SwapTotal:             0 kB\n":                                 0,
		"MemFree:  1 kB\n":                                              0,
		"SwapTotal: x kB\n":                                             0,
	} {
		if got := parseSwapTotal(meminfo); got != want {
			t.Errorf("%q: got %d, want %d", meminfo, got, want)
		}
	}
}
