package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gorun/integration/rig"
)

// build builds the images of the named suites in parallel, and with vm also their
// snapshots. Package rig prints on standard error what it builds and how long it took.
func build(ctx context.Context, vm bool, names []string) error {
	var suites []rig.Suite
	for _, name := range names {
		suite, err := rig.SuiteNamed(name)
		if err != nil {
			return err
		}
		suites = append(suites, suite)
	}
	results := make(chan error)
	for _, suite := range suites {
		go func() { results <- buildImage(ctx, vm, suite) }()
	}
	var all error
	for range suites {
		all = errors.Join(all, <-results)
	}
	return all
}

func buildImage(ctx context.Context, vm bool, suite rig.Suite) error {
	img, err := rig.OpenImage(ctx, suite, os.Stderr)
	if err != nil || !vm {
		return err
	}
	return img.MakeSnapshot(ctx)
}

// clean removes the images.
func clean() error {
	images, freedBytes, err := rig.Clean()
	if err != nil {
		return err
	}
	fmt.Printf("images removed: %d, %.1f GiB\n", images, float64(freedBytes)/(1<<30))
	return nil
}
