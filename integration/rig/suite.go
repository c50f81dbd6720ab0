package rig

import (
	"fmt"
	"strings"
)

// Suite is a Debian release with its version of systemd.
type Suite struct {
	Name    string // the release, with "-backports" if systemd comes from there
	Release string // Debian's code name
	Systemd int    // major version of its systemd
}

// Suites lists the suites that gorun is tested on, oldest systemd first.
func Suites() []Suite {
	return []Suite{
		{Name: "bookworm", Release: "bookworm", Systemd: 252},
		{Name: "bookworm-backports", Release: "bookworm", Systemd: 254},
		{Name: "trixie", Release: "trixie", Systemd: 257},
		{Name: "forky", Release: "forky", Systemd: 262},
	}
}

// SuiteNamed finds a suite by its name. The error for an unknown name lists all.
func SuiteNamed(name string) (Suite, error) {
	var names []string
	for _, s := range Suites() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Suite{}, fmt.Errorf("unknown suite %q: want one of %s", name, strings.Join(names, ", "))
}

// backports reports whether systemd comes from the release's backports.
func (s Suite) backports() bool { return s.Name != s.Release }
