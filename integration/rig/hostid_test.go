package rig

import (
	"slices"
	"testing"
)

func TestProcessorModelIsTheFirstProcessorsModelAndFlags(t *testing.T) {
	const cpuinfo = "processor\t: 0\nmodel\t\t: 2\nmodel name\t: AMD EPYC\ncpu MHz\t\t: 2596.094\nflags\t\t: fpu vme\n\n" +
		"processor\t: 1\nmodel\t\t: 2\nmodel name\t: AMD EPYC\ncpu MHz\t\t: 2596.095\nflags\t\t: fpu vme\n\n"
	want := []string{"model name\t: AMD EPYC\n", "flags\t\t: fpu vme"}
	if got := processorModel(cpuinfo); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
