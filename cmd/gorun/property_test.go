package main

import (
	"strings"
	"testing"

	"gorun/scope/property"
)

func TestHintForAPropertyNamesWhatDoesTheSame(t *testing.T) {
	for name, want := range map[string]string{
		"Nice": "--nice=N", "Environment": "-E NAME=VALUE", "WorkingDirectory": "--working-directory", "LimitNOFILE": "prlimit",
		"StandardOutput": "redirect", "OnBootSec": "timer", "PrivateTmp": "bwrap", "ExecPaths": "bwrap", "ExecStart": "follows",
	} {
		if got := hintForProperty(name); !strings.Contains(got, want) {
			t.Errorf("%s: the hint is %q, want one with %q", name, got, want)
		}
	}
	for _, p := range property.All() {
		if hint := hintForProperty(p.Name); hint != "" {
			t.Errorf("%s is a property of scopes, and the hint is %q", p.Name, hint)
		}
	}
}

// If two patterns matched a name, chance would decide which one gives the hint.
func TestNoTwoPatternsOfHintsMatchTheSameName(t *testing.T) {
	for a := range instead {
		for b := range instead {
			before, _, isPattern := strings.Cut(b, "*")
			if a != b && isPattern && strings.Contains(a, "*") && strings.HasPrefix(a, before) {
				t.Errorf("%s and %s match the same names", a, b)
			}
		}
	}
}
