package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"gorun/scope"
	"gorun/scope/property"
)

// many starts scopes with a child each, waits for them, changes and stops them, and
// cancels one wait of each. It prints how many more descriptors and goroutines there are
// than after the first scope.
func many(ctx context.Context, unit string, args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := whole(ctx, unit); err != nil {
		return err
	}
	files, goroutines := openFiles(), runtime.NumGoroutine()
	for range n {
		if err := whole(ctx, unit); err != nil {
			return err
		}
	}
	// A goroutine may be just ending, and then closes its descriptors.
	for end := time.Now().Add(20 * time.Second); (runtime.NumGoroutine() > goroutines || openFiles() > files) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println(max(openFiles()-files, 0), max(runtime.NumGoroutine()-goroutines, 0)) // one may have been ending after the first scope too
	return nil
}

// whole runs a scope from start to end.
func whole(ctx context.Context, unit string) error {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait() // it was killed
	s, err := scope.Start(ctx, scope.Spec{Unit: unit, PIDs: []int{cmd.Process.Pid}})
	if err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, err := s.Wait(soon); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the canceled wait returned %v", err)
	}
	done := make(chan error, 1)
	go func() {
		result, err := s.Wait(ctx)
		if err == nil && result != scope.Success && result != scope.Unknown {
			err = fmt.Errorf("the result is %s", result)
		}
		done <- err
	}()
	p, err := property.Parse("Description=one of many")
	if err != nil {
		return err
	}
	if _, err := s.State(ctx); err != nil {
		return err
	}
	return errors.Join(s.SetProperties(ctx, p), s.Stop(ctx), <-done)
}

// openFiles counts the descriptors, including the one that it uses to count.
func openFiles() int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(files)
}
