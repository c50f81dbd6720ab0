package property

import (
	"slices"
	"strings"
)

// Info describes a property that a scope can have.
type Info struct {
	// Name is the property's name in unit files, as in "RuntimeMaxSec".
	Name string
	// Help says in a line what the property does.
	Help string
	// Group is the part of the manual that it belongs to, one of [Groups].
	Group string
	// Since is the first systemd version that supports it for scopes, 0 if all
	// supported versions do.
	Since int
	// Controller is what enforces the value: a controller of cgroup v2 ("cpu",
	// "cpuset", "io", "memory", "pids"), [BPF] or [Netlink]. Empty if the manager
	// does it itself.
	Controller string
	// File is the file in the scope's cgroup that shows the value, as in
	// "memory.max". Empty if there is none.
	File string
	// List says that assignments add up. Otherwise the last assignment counts.
	List bool
	// Reset says that an empty value removes what was assigned before.
	Reset bool

	wire   string // the name on the bus where that differs
	syntax syntax
	// futile says why the property has no effect. Empty if it has one.
	futile string
	// surprising says what some values do.
	surprising map[string]string
	// caveat says what is surprising about every value but an empty one and "none".
	caveat string
}

// What a property may need instead of a cgroup controller. Only the system's manager has
// the privilege.
const (
	// BPF is the privilege to attach programs to the scope's cgroup.
	BPF = "bpf"
	// Netlink is the privilege to change nftables.
	Netlink = "netlink"
)

// Metavar stands for the value in help texts, as in "SPAN".
func (r Info) Metavar() string { return r.syntax.metavar }

// group is a part of the table.
type group struct {
	name string
	rows []Info
}

// groups are the parts of the table in the order of the manual.
var groups = []group{
	{"Scope", scopeRows},
	{"CPU", cpuRows},
	{"Memory", memoryRows},
	{"Tasks", tasksRows},
	{"IO", ioRows},
	{"Network", networkRows},
	{"Devices", deviceRows},
	{"Delegation", delegationRows},
	{"Pressure", pressureRows},
	{"Kill", killRows},
	{"Unit", unitRows},
	{"Dependencies", dependencyRows},
	{"Conditions", conditionRows("Condition", "Conditions", "do not run unless ")},
	{"Asserts", conditionRows("Assert", "Asserts", "fail unless ")},
	{"Legacy", legacyRows},
}

// table has a row for each property. Syntax, D-Bus types and help come from it.
var table = makeTable()

func makeTable() []Info {
	rows := make([]Info, 0, 256) // room for all: this is done in each run
	for _, g := range groups {
		for _, row := range g.rows {
			row.Group = g.name
			rows = append(rows, row)
		}
	}
	return rows
}

// Groups lists the groups of properties in the order of the manual.
func Groups() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// All lists the properties that a scope can have, sorted by name.
func All() []Info {
	rows := slices.Clone(table)
	slices.SortFunc(rows, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// Named finds a property by its name in unit files.
func Named(name string) (Info, bool) {
	i := slices.IndexFunc(table, func(r Info) bool { return r.Name == name })
	if i < 0 {
		return Info{}, false
	}
	return table[i], true
}
