package cgroup

import "bytes"

// Events holds the contents of cgroup.events.
type Events struct {
	// Populated reports whether the group or one of its descendants has a living
	// process, from populated.
	Populated bool
	// Frozen reports whether cgroup.freeze has stopped all of its processes, from
	// frozen. It is false on Linux before 5.2, which cannot freeze.
	Frozen bool
}

// Events reads cgroup.events, which needs no controller. Nil means that the
// group is the root.
func (g Group) Events() (*Events, error) { return one(g, "cgroup.events", parseEvents) }

// Controllers reads cgroup.controllers: the controllers that are available to the
// group, such as memory and pids, in the kernel's order. Empty means none.
// Nil means that there is no such file; every group has one.
func (g Group) Controllers() ([]string, error) {
	list, err := one(g, "cgroup.controllers", parseControllers)
	if list == nil {
		return nil, err
	}
	return *list, err
}

// parseEvents parses cgroup.events:
//
//	populated 1
//	frozen 0
func parseEvents(data []byte) (Events, error) {
	var populated, frozen uint64
	keys := flatKeyed{
		{name: "populated", value: &populated, required: true},
		{name: "frozen", value: &frozen},
	}
	if err := keys.parse(data); err != nil {
		return Events{}, err
	}
	return Events{Populated: populated != 0, Frozen: frozen != 0}, nil
}

// parseControllers parses cgroup.controllers, one line that may be empty:
//
//	cpuset cpu io memory hugetlb pids rdma misc
func parseControllers(data []byte) ([]string, error) {
	list := []string{}
	for name := range bytes.FieldsSeq(data) {
		list = append(list, string(name))
	}
	return list, nil
}
