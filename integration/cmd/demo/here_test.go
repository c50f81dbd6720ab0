package main

import (
	"context"
	"testing"
	"time"
)

func TestStepsHereEndWithTheScript(t *testing.T) {
	l := hereLogin{"me", t.TempDir()}
	out, err := l.Run(t.Context(), "pwd; echo no >&2; exit 3")
	if err != nil || out.Status != 3 || out.Stdout != l.dir+"\n" || out.Stderr != "no\n" {
		t.Errorf("got %+v, %v", out, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if out, err := l.Run(ctx, "echo begun; sleep 600"); err == nil || out.Stdout != "begun\n" {
		t.Errorf("a script that hangs: got %+v, %v", out, err)
	}
}
