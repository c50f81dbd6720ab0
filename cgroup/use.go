package cgroup

// ReadUse reads what the group uses now, and its limits, which is less than [Group.ReadStats]
// reads: CPUStat, MemoryCurrentBytes, MemoryMaxBytes, PIDsCurrent, PIDsMax and Events. The other
// fields are nil. The errors are those of ReadStats.
func (g Group) ReadUse() (Stats, error) { return g.readFields((*dir).use) }

func (d *dir) use() Stats {
	return Stats{
		CPUStat:            field(d, "cpu.stat", parseCPUStat),
		MemoryCurrentBytes: field(d, "memory.current", parseCount),
		MemoryMaxBytes:     field(d, "memory.max", parseLimit),
		PIDsCurrent:        field(d, "pids.current", parseCount),
		PIDsMax:            field(d, "pids.max", parseLimit),
		Events:             field(d, "cgroup.events", parseEvents),
	}
}
