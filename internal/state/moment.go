package state

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Moment is when something happened. The zero value is before all others.
type Moment struct {
	Boot      string        // the ID of the boot, in 32 hex digits; empty if it is not known
	Monotonic time.Duration // since the boot, by CLOCK_MONOTONIC
	Wall      time.Time     // by the clock, which may be set
}

// Before reports whether it was earlier. The clock decides only between boots: nothing else
// says which boot was first.
func (m Moment) Before(other Moment) bool {
	if m.Boot != "" && m.Boot == other.Boot {
		return m.Monotonic < other.Monotonic
	}
	return m.Wall.Before(other.Wall)
}

// Now is the moment at which it is called.
func Now() Moment {
	m := Moment{Wall: time.Now()}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var ts unix.Timespec
	if err == nil && unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) == nil {
		m.Boot, m.Monotonic = strings.ReplaceAll(strings.TrimSpace(string(id)), "-", ""), time.Duration(ts.Nano())
	}
	return m
}

// isClockRight reports whether the kernel says that the clock is synchronized (adjtimex(2)).
func isClockRight() bool {
	state, err := unix.Adjtimex(&unix.Timex{}) // without modes it only reads
	return err == nil && state != unix.TIME_ERROR
}
