package cgroup

// PIDsCurrent reads pids.current: the number of tasks, that is of threads, in
// the group and its descendants. Nil means that the pids controller is not
// enabled for the group, or that it is the root.
func (g Group) PIDsCurrent() (*uint64, error) { return one(g, "pids.current", parseCount) }

// PIDsPeak reads pids.peak: the maximum of pids.current since the group was made. Nil
// means the same as for pids.current, or Linux before 6.1.
func (g Group) PIDsPeak() (*uint64, error) { return one(g, "pids.peak", parseCount) }

// PIDsMax reads pids.max: the group's own limit on tasks, or [Max]. A lower limit of a
// parent applies too but is not included. Nil means the same as for pids.current.
func (g Group) PIDsMax() (*Limit, error) { return one(g, "pids.max", parseLimit) }
