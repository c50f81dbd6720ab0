package rig

import (
	"fmt"
	"strings"
)

// Suite is a Debian release with its version of systemd.
type Suite struct {
	Name    string // the release, with "-backports" if systemd comes from there, or "-arm64"
	Release string // Debian's code name
	Systemd int    // major version of its systemd
	Arch    string // Debian's and Go's name of the processor: amd64 or arm64
}

// Suites lists the suites that gorun is tested on: those for amd64 with the oldest systemd first, then
// the others.
func Suites() []Suite {
	return []Suite{
		{Name: "bookworm", Release: "bookworm", Systemd: 252, Arch: "amd64"},
		{Name: "bookworm-backports", Release: "bookworm", Systemd: 254, Arch: "amd64"},
		{Name: "trixie", Release: "trixie", Systemd: 257, Arch: "amd64"},
		{Name: "forky", Release: "forky", Systemd: 262, Arch: "amd64"},
		{Name: "trixie-arm64", Release: "trixie", Systemd: 257, Arch: "arm64"},
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
func (s Suite) backports() bool { return s.Name == s.Release+"-backports" }

// Foreign reports whether this host's processor cannot run the suite's programs. The suite then has
// only virtual machines, which are emulated.
func (s Suite) Foreign() bool { return s.architecture().foreign() }

// Binary is where the gorun for the suite's machines is built.
func (s Suite) Binary() string {
	if s.Foreign() {
		return "bin/gorun-" + s.Arch
	}
	return "bin/gorun"
}

// architecture is what the suite's machines have for a processor.
func (s Suite) architecture() architecture { return architectureNamed(s.Arch) }
