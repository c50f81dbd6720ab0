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
	syntax func() syntax
	// futile says why the property has no effect. Empty if it has one.
	futile string
	// surprising says what some values do.
	surprising []surprise
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

// surprise says what a value does.
type surprise struct{ value, effect string }

// Metavar stands for the value in help texts, as in "SPAN".
func (r Info) Metavar() string { return r.syntax().metavar }

// Futile says why the property has no effect on scopes. Empty if it has one.
func (r Info) Futile() string { return r.futile }

// group is a part of the table.
type group struct {
	name string
	rows func() []Info
}

// groups are the parts of the table in the order of the manual. A launch needs few rows: most
// are data that the compiler lays out, and the others are made once they are looked at.
var groups = []group{
	{"Scope", func() []Info { return scopeRows }},
	{"CPU", func() []Info { return cpuRows }},
	{"Memory", func() []Info { return memoryRows }},
	{"Tasks", func() []Info { return tasksRows }},
	{"IO", func() []Info { return ioRows }},
	{"Network", func() []Info { return networkRows }},
	{"Devices", func() []Info { return deviceRows }},
	{"Delegation", func() []Info { return delegationRows }},
	{"Pressure", func() []Info { return pressureRows }},
	{"Kill", func() []Info { return killRows }},
	{"Unit", func() []Info { return unitRows }},
	{"Dependencies", dependencyRows},
	{"Conditions", func() []Info { return conditionRows("Condition", "Conditions", "do not run unless ") }},
	{"Asserts", func() []Info { return conditionRows("Assert", "Asserts", "fail unless ") }},
	{"Legacy", legacyRows},
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
	rows := table()
	slices.SortFunc(rows, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// table has a row for each property. Syntax, D-Bus types and help come from it.
func table() (rows []Info) {
	for _, g := range groups {
		for _, row := range g.rows() {
			row.Group = g.name
			rows = append(rows, row)
		}
	}
	return rows
}

// Named finds a property by its name in unit files.
func Named(name string) (Info, bool) {
	for _, g := range groups {
		rows := g.rows()
		if i := slices.IndexFunc(rows, func(r Info) bool { return r.Name == name }); i >= 0 {
			row := rows[i]
			row.Group = g.name
			return row, true
		}
	}
	return Info{}, false
}
