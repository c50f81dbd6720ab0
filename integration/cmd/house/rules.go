package main

import (
	"slices"
	"strings"
)

// floors are the rooms of gorun from the top to the bottom. A room may import only rooms
// of lower floors.
var floors = [][]string{
	{"gorun/cmd/gorun"},
	{"gorun/internal/run", "gorun/internal/manage", "gorun/internal/diagnose"},
	{"gorun/internal/report", "gorun/internal/output", "gorun/internal/cause", "gorun/internal/hooks"},
	{"gorun/internal/text"},
	{"gorun/scope"},
	{"gorun/scope/property", "gorun/internal/logind", "gorun/internal/embedded"},
	{"gorun/internal/systemd1"},
	{"gorun/internal/bus", "gorun/internal/supervise", "gorun/internal/state", "gorun/internal/multiplexer"},
	{"gorun/internal/process", "gorun/internal/account", "gorun/internal/journal", "gorun/internal/safefile", "gorun/internal/quoting", "gorun/internal/unitname"},
	{"gorun/internal/helper", "gorun/internal/cli"},
	{"gorun/internal/signals"},
	{"gorun/internal/entry", "gorun/internal/single", "gorun/internal/smallfile"},
	{"gorun/cgroup"},
}

// isRoom reports whether a package is part of gorun. Tests and test data are not.
func isRoom(importPath string) bool {
	return matches([]string{"gorun/cmd", "gorun/internal", "gorun/scope", "gorun/cgroup"}, importPath) && !strings.Contains(importPath, "/testdata/")
}

// rule forbids imports.
type rule struct {
	in  []string // the packages that it is for, with those below them
	not []string // may not import these
	but []string // except these
	why string
}

// covers reports whether the rule is for a package.
func (r rule) covers(importPath string) bool { return matches(r.in, importPath) }

// rules are the rules of the floors and those about other modules.
var rules = append(floorRules(),
	rule{in: []string{"gorun/cgroup"}, not: []string{"gorun", "github.com"}, why: "cgroup uses the standard library and x/sys only"},
	rule{in: roomsExcept("gorun/cmd/gorun"), not: []string{"gorun/internal/cli"}, why: "only cmd/gorun knows the command line"},
	rule{in: roomsExcept("gorun/internal/cli"), not: []string{"github.com/urfave"}, why: "internal/cli keeps the library off the launch path"},
	rule{in: []string{"gorun/cmd", "gorun/integration", "gorun/internal/run", "gorun/internal/manage", "gorun/internal/diagnose", "gorun/internal/report", "gorun/internal/output", "gorun/internal/cause", "gorun/internal/hooks"},
		not: []string{"github.com/godbus"}, why: "D-Bus stays below scope and logind"},
	rule{in: roomsExcept("gorun/internal/helper"), not: []string{"os/exec"}, why: "package helper starts programs, with the signal mask of gorun's caller"},
	rule{in: roomsExcept(""), not: []string{"gorun/docs", "github.com/cpuguy83"}, why: "the program does not carry its manual"},
	rule{in: []string{"gorun/integration"}, not: []string{"gorun/cmd", "gorun/internal"}, why: "the tests run the built program"},
	rule{in: []string{"gorun/integration/rig", "gorun/integration/cmd"}, not: []string{"gorun/scope", "gorun/cgroup"}, why: "only programs inside a guest use the libraries"},
)

// floorRules forbids each room the rooms of its own floor and of those above it.
func floorRules() []rule {
	var list []rule
	for i, floor := range floors {
		for _, room := range floor {
			above := slices.Concat(floors[:i+1]...)
			list = append(list, rule{in: []string{room}, not: above, but: append(below(room), room), why: "imports go down only"})
		}
	}
	return list
}

// roomsExcept lists all rooms but one.
func roomsExcept(room string) []string {
	return slices.DeleteFunc(slices.Concat(floors...), func(r string) bool { return r == room })
}

// below lists the rooms of lower floors, which a room on a higher floor may contain as
// directories: scope/property is below scope.
func below(room string) []string {
	for i, floor := range floors {
		if slices.Contains(floor, room) {
			return slices.Concat(floors[i+1:]...)
		}
	}
	return nil
}
