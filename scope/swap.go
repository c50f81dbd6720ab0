package scope

import (
	"os"
	"strconv"
	"strings"

	"gorun/cgroup"
)

// limitsSwap reports whether the scope or a group above it has a limit on swap.
func limitsSwap(g cgroup.Group) bool {
	for above, ok := g, true; ok; above, ok = above.Parent() {
		if content, err := readFile(above, "memory.swap.max"); err == nil && content != "max" {
			return true
		}
	}
	return false
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
