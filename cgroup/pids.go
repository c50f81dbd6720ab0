package cgroup

// PIDsCurrent reads pids.current: the number of tasks, that is of threads, in
// the group and its descendants. Nil means that the pids controller is not
// enabled for the group, or that it is the root.
func (g Group) PIDsCurrent() (*uint64, error) { return one(g, "pids.current", parseCount) }

// PIDsPeak reads pids.peak: the maximum of pids.current since the group was made. Nil
// means the same as for pids.current, or Linux before 6.1.
func (g Group) PIDsPeak() (*uint64, error) { return one(g, "pids.peak", parseCount) }

// PIDsEvents holds the contents of pids.events.
type PIDsEvents struct {
	// Max is how often a fork failed because the limit of the group or of one below was
	// reached, from max. Linux before 6.11 counts instead the forks that failed in the
	// group itself, because of any limit.
	Max uint64
}

// PIDsEvents reads pids.events. Nil means the same as for pids.current.
func (g Group) PIDsEvents() (*PIDsEvents, error) { return one(g, "pids.events", parsePIDsEvents) }

// parsePIDsEvents parses pids.events:
//
//	max 3
func parsePIDsEvents(data []byte) (PIDsEvents, error) {
	var events PIDsEvents
	err := flatKeyed{{name: "max", value: &events.Max, required: true}}.parse(data)
	return events, err
}

// PIDsMax reads pids.max: the group's own limit on tasks, or [Max]. A lower limit of a
// parent applies too but is not included. Nil means the same as for pids.current.
func (g Group) PIDsMax() (*Limit, error) { return one(g, "pids.max", parseLimit) }
