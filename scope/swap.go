package scope

import (
	"os"
	"strconv"
	"strings"

	"gorun/cgroup"
)

// mayUseSwap reports whether neither the scope nor a group above it has a limit on swap. It
// is false if the kernel does not account for swap, so that there could be no limit.
func mayUseSwap(g cgroup.Group) bool {
	if _, err := readFile(g, "memory.swap.max"); err != nil {
		return false
	}
	for above, ok := g, true; ok; above, ok = above.Parent() {
		if hasFiniteLimit(above, "memory.swap.max") {
			return false
		}
	}
	return true
}

// swapOfMachine is how much swap there is, in bytes; 0 also if the kernel does not say.
func swapOfMachine() uint64 {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return parseSwapTotal(string(content))
}

// parseSwapTotal finds the swap in /proc/meminfo, in bytes:
//
//	SwapTotal:       2097148 kB
func parseSwapTotal(meminfo string) uint64 {
	for line := range strings.Lines(meminfo) {
		if value, ok := strings.CutPrefix(line, "SwapTotal:"); ok {
			kilobytes, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}
