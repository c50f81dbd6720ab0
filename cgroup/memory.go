package cgroup

import "bytes"

// MemoryEvents holds the contents of memory.events or memory.events.local: how often
// something happened because of the group's memory limits.
type MemoryEvents struct {
	// Low is how often the group's memory was reclaimed although it was below
	// memory.low, from low.
	Low uint64
	// High is how often its processes were slowed down because memory.high was
	// exceeded, from high.
	High uint64
	// Max is how often its use was about to go over memory.max, from max.
	Max uint64
	// OOM is how often an allocation was about to fail at the limit, from oom.
	// It does not mean that a process was killed.
	OOM uint64
	// OOMKill is the number of its processes that the kernel's OOM killer killed, for
	// whatever limit or lack of memory, from oom_kill.
	OOMKill uint64
	// OOMGroupKill is how often a whole group was killed because of
	// memory.oom.group, from oom_group_kill. It is 0 on Linux before 5.17, which
	// does not count it.
	OOMGroupKill uint64
}

// MemoryCurrentBytes reads memory.current: the memory that the group and its
// descendants use now, in bytes. Nil means that the memory controller is not
// enabled for the group, or that it is the root.
func (g Group) MemoryCurrentBytes() (*uint64, error) { return one(g, "memory.current", parseCount) }

// MemoryPeakBytes reads memory.peak: the maximum of memory.current since the group was
// made, in bytes. Nil means the same as for memory.current, or Linux before 5.19.
func (g Group) MemoryPeakBytes() (*uint64, error) { return one(g, "memory.peak", parseCount) }

// MemoryMaxBytes reads memory.max: the group's own hard limit, in bytes, or
// [Max]. A lower limit of a parent applies too but is not included. Nil means the
// same as for memory.current.
func (g Group) MemoryMaxBytes() (*Limit, error) { return one(g, "memory.max", parseLimit) }

// MemorySwapCurrentBytes reads memory.swap.current: the swap space that the
// group and its descendants use now, in bytes. Nil means the same as for
// memory.current, or a kernel that does not account for swap space.
func (g Group) MemorySwapCurrentBytes() (*uint64, error) {
	return one(g, "memory.swap.current", parseCount)
}

// MemorySwapPeakBytes reads memory.swap.peak: the maximum of memory.swap.current since
// the group was made, in bytes. Nil means the same as for memory.swap.current, or Linux
// before 6.5.
func (g Group) MemorySwapPeakBytes() (*uint64, error) {
	return one(g, "memory.swap.peak", parseCount)
}

// MemoryEvents reads memory.events: events in the group and its descendants, or
// in the group alone if cgroup2 is mounted with memory_localevents. Nil means the
// same as for memory.current.
func (g Group) MemoryEvents() (*MemoryEvents, error) {
	return one(g, "memory.events", parseMemoryEvents)
}

// MemoryEventsLocal reads memory.events.local: events in the group alone. Nil
// means the same as for memory.current, or Linux before 5.2.
func (g Group) MemoryEventsLocal() (*MemoryEvents, error) {
	return one(g, "memory.events.local", parseMemoryEvents)
}

// MemoryPressure reads memory.pressure. Nil means that the kernel does not
// account for pressure, see [Pressure].
func (g Group) MemoryPressure() (*Pressure, error) { return one(g, "memory.pressure", parsePressure) }

// parseMemoryEvents parses memory.events and memory.events.local:
//
//	low 0
//	high 11
//	max 1804
//	oom 2
//	oom_kill 1
//	oom_group_kill 0
func parseMemoryEvents(data []byte) (MemoryEvents, error) {
	var events MemoryEvents
	keys := flatKeyed{
		{name: "low", value: &events.Low},
		{name: "high", value: &events.High},
		{name: "max", value: &events.Max},
		{name: "oom", value: &events.OOM},
		{name: "oom_kill", value: &events.OOMKill, required: true},
		{name: "oom_group_kill", value: &events.OOMGroupKill},
	}
	if err := keys.parse(data); err != nil {
		return MemoryEvents{}, err
	}
	return events, nil
}

// OOMGroup reads memory.oom.group: whether the OOM killer kills all processes of the group if it
// kills one. Nil if the memory controller is not enabled, or on Linux before 4.19.
func (g Group) OOMGroup() (*bool, error) {
	return one(g, "memory.oom.group", func(data []byte) (bool, error) {
		return bytes.Equal(bytes.TrimSpace(data), []byte("1")), nil
	})
}
