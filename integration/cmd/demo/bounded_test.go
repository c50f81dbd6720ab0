package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestBoundedWaitsForTheEndDuringTheGracePeriod(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want := errors.New("closed")
	if got := bounded(ctx, time.Minute, func() error { return want }); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBoundedReturnsThoughTheFunctionDoesNotEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := bounded(ctx, time.Millisecond, func() error { select {} })
	if !errors.Is(got, context.Canceled) {
		t.Errorf("got %v, want %v", got, context.Canceled)
	}
}
