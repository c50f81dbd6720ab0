package cgroup

import "time"

// CPUStat holds the contents of cpu.stat: the CPU time used by the processes of the
// group and its descendants. A time that is too long becomes the longest Duration.
type CPUStat struct {
	// Usage is all CPU time, from usage_usec.
	Usage time.Duration
	// User is the CPU time in user space, from user_usec.
	User time.Duration
	// System is the CPU time in the kernel, from system_usec.
	System time.Duration
	// Throttling is the effect of cpu.max. Nil means that the cpu controller is not
	// enabled for the group, so that cpu.stat holds only the times.
	Throttling *CPUThrottling
}

// CPUThrottling is the part of cpu.stat that the cpu controller adds.
type CPUThrottling struct {
	// Periods is the number of periods of cpu.max in which the group had
	// something to run, from nr_periods. It stays 0 while cpu.max is max.
	Periods uint64
	// ThrottledPeriods is the number of periods in which the group used up its
	// quota and had to wait, from nr_throttled.
	ThrottledPeriods uint64
	// Throttled is how long it waited, summed over the CPUs, from
	// throttled_usec.
	Throttled time.Duration
}

// CPUStat reads cpu.stat, which needs no controller. Nil means that there is no
// such file: Linux before 4.15, and on old kernels the root.
func (g Group) CPUStat() (*CPUStat, error) { return one(g, "cpu.stat", parseCPUStat) }

// CPUPressure reads cpu.pressure. Nil means that the kernel does not account for
// pressure, see [Pressure].
func (g Group) CPUPressure() (*Pressure, error) { return one(g, "cpu.pressure", parsePressure) }

// parseCPUStat parses cpu.stat:
//
//	usage_usec 368134608
//	user_usec 169241364
//	system_usec 198893244
//	nice_usec 0
//	nr_periods 120
//	nr_throttled 9
//	throttled_usec 412873
//
// The last three, and some more, come from the cpu controller.
func parseCPUStat(data []byte) (CPUStat, error) {
	var usage, user, system, throttled uint64
	var throttling CPUThrottling
	keys := flatKeyed{
		{name: "usage_usec", value: &usage, required: true},
		{name: "user_usec", value: &user, required: true},
		{name: "system_usec", value: &system, required: true},
		{name: "nr_periods", value: &throttling.Periods},
		{name: "nr_throttled", value: &throttling.ThrottledPeriods},
		{name: "throttled_usec", value: &throttled},
	}
	if err := keys.parse(data); err != nil {
		return CPUStat{}, err
	}
	stat := CPUStat{Usage: microseconds(usage), User: microseconds(user), System: microseconds(system)}
	if keys.has("nr_periods") {
		throttling.Throttled = microseconds(throttled)
		stat.Throttling = &throttling
	}
	return stat, nil
}
