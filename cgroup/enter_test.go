package cgroup

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestEnterMovesTheProcessWithAllItsThreads(t *testing.T) {
	g := realGroup(t)
	cmd := helper("enter")
	cmd.Stdin = strings.NewReader(g.Dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, place := range strings.Fields(string(out)) {
		if place != g.Path {
			t.Errorf("a thread is in %s, want %s", place, g.Path)
		}
	}
	if len(out) == 0 {
		t.Error("no thread was found")
	}
}

func TestEnteringAMissingGroupIsErrGone(t *testing.T) {
	if err := (Group{Dir: t.TempDir() + "/none"}).Enter(); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
	if err := (Group{Dir: t.TempDir()}).Enter(); err == nil || errors.Is(err, ErrGone) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is no group: %v", err)
	}
}
