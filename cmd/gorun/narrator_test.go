package main

import "testing"

func TestTitleHasNothingOfTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		unit     string
		isChosen bool
		want     string
	}{
		{"train.scope", true, "gorun: train.scope"},
		{"gorun-train.py-0123456789abcdef.scope", false, "gorun: gorun-*-0123456789abcdef.scope"},
		{"gorun-x.scope", true, "gorun: gorun-x.scope"},
		{"", false, "gorun: no scope"},
	} {
		if got := title(c.unit, c.isChosen); got != c.want {
			t.Errorf("%s: got %q, want %q", c.unit, got, c.want)
		}
	}
}
