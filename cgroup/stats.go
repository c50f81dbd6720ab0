package cgroup

import "errors"

// Stats holds everything that the kernel says about a group, except the list of its
// processes. Each field has the name of the method that reads the same file; the method
// has more documentation. A field is nil if its file is absent.
type Stats struct {
	// CPUStat is CPU time, from cpu.stat. Nil: no such file (Linux before 4.15).
	CPUStat *CPUStat
	// CPUPressure is time lost waiting for a CPU, from cpu.pressure. Nil: the
	// kernel does not account for pressure.
	CPUPressure *Pressure

	// MemoryCurrentBytes is memory in use, in bytes, from memory.current. Nil:
	// no memory controller, or the root.
	MemoryCurrentBytes *uint64
	// MemoryPeakBytes is the most memory that was in use, in bytes, from
	// memory.peak. Nil: no memory controller, the root, or Linux before 5.19.
	MemoryPeakBytes *uint64
	// MemoryMaxBytes is the hard limit, in bytes or Max, from memory.max. Nil:
	// no memory controller, or the root.
	MemoryMaxBytes *Limit
	// MemorySwapCurrentBytes is swap space in use, in bytes, from
	// memory.swap.current. Nil: no memory controller, the root, or no accounting
	// for swap space.
	MemorySwapCurrentBytes *uint64
	// MemorySwapPeakBytes is the most swap space that was in use, in bytes, from
	// memory.swap.peak. Nil: as for MemorySwapCurrentBytes, or Linux before 6.5.
	MemorySwapPeakBytes *uint64
	// MemoryEvents counts how often a limit was hit or a process killed, in the
	// group and its descendants, from memory.events. Nil: no memory controller, or
	// the root.
	MemoryEvents *MemoryEvents
	// MemoryEventsLocal counts the same without the descendants, from
	// memory.events.local. Nil: no memory controller, the root, or Linux before
	// 5.2.
	MemoryEventsLocal *MemoryEvents
	// MemoryPressure is time lost waiting for memory, from memory.pressure. Nil:
	// the kernel does not account for pressure.
	MemoryPressure *Pressure

	// IOStat is what was read and written, per device, from io.stat. Nil: no io
	// controller.
	IOStat *IOStat
	// IOPressure is time lost waiting for block devices, from io.pressure. Nil:
	// the kernel does not account for pressure.
	IOPressure *Pressure

	// PIDsCurrent is the number of tasks, from pids.current. Nil: no pids
	// controller, or the root.
	PIDsCurrent *uint64
	// PIDsPeak is the maximum of PIDsCurrent, from pids.peak. Nil: no pids
	// controller, the root, or Linux before 6.1.
	PIDsPeak *uint64
	// PIDsMax is the limit on tasks, a number or Max, from pids.max. Nil: no
	// pids controller, or the root.
	PIDsMax *Limit
	// PIDsEvents counts the forks that failed, from pids.events. Nil: no pids
	// controller, or the root.
	PIDsEvents *PIDsEvents

	// Events says whether the group has processes and whether they are frozen,
	// from cgroup.events. Nil: the root.
	Events *Events
	// Controllers are the controllers that are available to the group, from
	// cgroup.controllers. Empty: none. Nil: no such file.
	Controllers []string
}

// ReadStats reads all files that the group has.
//
// If a file cannot be read or parsed, its field is nil, and the other fields are filled
// in as usual. The error names each such file. If the error is [ErrGone], the Stats are
// empty.
func (g Group) ReadStats() (Stats, error) { return g.readFields((*dir).fields) }

// ReadUsage is ReadStats for the files that tell what the group has used, and what was
// refused to it: not what it uses now, nor the pressure, which takes the kernel longest.
func (g Group) ReadUsage() (Stats, error) { return g.readFields((*dir).usage) }

func (g Group) readFields(read func(*dir) Stats) (Stats, error) {
	d, err := g.open()
	if err != nil {
		return Stats{}, err
	}
	defer d.close()
	return d.readFields(read)
}

func (d *dir) readFields(read func(*dir) Stats) (Stats, error) {
	stats := read(d)
	err := errors.Join(d.err, d.checkGone())
	if errors.Is(err, ErrGone) {
		return Stats{}, gone(d.path)
	}
	return stats, err
}

func (d *dir) fields() Stats {
	stats := d.usage()
	stats.CPUPressure = field(d, "cpu.pressure", parsePressure)
	stats.MemoryCurrentBytes = field(d, "memory.current", parseCount)
	stats.MemorySwapCurrentBytes = field(d, "memory.swap.current", parseCount)
	stats.MemoryPressure = field(d, "memory.pressure", parsePressure)
	stats.IOPressure = field(d, "io.pressure", parsePressure)
	stats.PIDsCurrent = field(d, "pids.current", parseCount)
	stats.Events = field(d, "cgroup.events", parseEvents)
	if list := field(d, "cgroup.controllers", parseControllers); list != nil {
		stats.Controllers = *list
	}
	return stats
}

func (d *dir) usage() Stats {
	return Stats{
		CPUStat:             field(d, "cpu.stat", parseCPUStat),
		MemoryPeakBytes:     field(d, "memory.peak", parseCount),
		MemoryMaxBytes:      field(d, "memory.max", parseLimit),
		MemorySwapPeakBytes: field(d, "memory.swap.peak", parseCount),
		MemoryEvents:        field(d, "memory.events", parseMemoryEvents),
		MemoryEventsLocal:   field(d, "memory.events.local", parseMemoryEvents),
		IOStat:              field(d, "io.stat", parseIOStat),
		PIDsPeak:            field(d, "pids.peak", parseCount),
		PIDsMax:             field(d, "pids.max", parseLimit),
		PIDsEvents:          field(d, "pids.events", parsePIDsEvents),
	}
}
