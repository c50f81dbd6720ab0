package main

import (
	"context"
	"time"
)

// bounded runs f and returns its error. When ctx is done, it waits for f only for the
// grace period, and then returns ctx's error.
func bounded(ctx context.Context, grace time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
}
