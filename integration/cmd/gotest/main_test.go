package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestEachListIsForAGoTestOfItsOwn(t *testing.T) {
	got := split([]string{"-race", "./a", "--", "SUITES=x", "-short", "./b"})
	if want := [][]string{{"-race", "./a"}, {"SUITES=x", "-short", "./b"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAllGoTestsAreInTheSummary(t *testing.T) {
	var out strings.Builder
	s := newSummary(&out, "")
	// The first package exists, and the second does not.
	err := run([][]string{{"GOFLAGS=-count=1", "-run", "^$", "errors"}, {"no/such/package"}}, s)
	if err == nil || strings.Count(err.Error(), "go test: ") != 1 {
		t.Errorf("the error is %v, want that of one", err)
	}
	s.print()
	if !strings.Contains(out.String(), "FAILED no/such/package") {
		t.Errorf("printed %q", &out)
	}
}
