package rig

import "fmt"

// Suite is a Debian release, used for the systemd that it brings.
type Suite struct {
	Name    string // Debian's code name
	Systemd int    // major version of its systemd
}

// Suites lists the releases that gorun is tested on, oldest first.
func Suites() []Suite {
	return []Suite{
		{Name: "bookworm", Systemd: 252},
		{Name: "trixie", Systemd: 257},
		{Name: "forky", Systemd: 262},
	}
}

// SuiteNamed finds a suite by its code name.
func SuiteNamed(name string) (Suite, error) {
	for _, s := range Suites() {
		if s.Name == name {
			return s, nil
		}
	}
	return Suite{}, fmt.Errorf("unknown suite %q: want bookworm, trixie or forky", name)
}
