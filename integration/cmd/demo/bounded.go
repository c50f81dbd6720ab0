package main

import (
	"context"
	"time"
)

// bounded returns what f returns. When ctx is done, f has the grace period to
// return; after that, bounded leaves f alone and returns ctx's error.
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
