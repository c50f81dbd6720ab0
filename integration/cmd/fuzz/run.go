package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
)

// build builds the test binary of a target's package into a directory.
func (t target) build(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-fuzz=Fuzz", "-o", filepath.Join(dir, t.binary()), "./"+t.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the tests: %w: %s", err, out)
	}
	return nil
}

// result is what came of a target.
type result struct {
	target
	inputs, found string // how many were tried, and how many reached code that no other reached
	err           error  // with what was printed
}

func (r result) String() string {
	if r.err != nil {
		return fmt.Sprintf("FAILED  %s: %v", r.target, r.err)
	}
	return fmt.Sprintf("%10s inputs, %4s interesting  %s", r.inputs, r.found, r.target)
}

// runAll builds and runs the targets. Each has one processor.
func runAll(ctx context.Context, dir string, targets []target, time string) <-chan result {
	next, results := make(chan target), make(chan result)
	var running sync.WaitGroup
	for range runtime.NumCPU() {
		running.Go(func() {
			for t := range next {
				results <- t.run(ctx, dir, time)
			}
		})
	}
	go func() {
		built := map[string]error{} // by directory
		for _, t := range targets {
			if _, isBuilt := built[t.dir]; !isBuilt {
				built[t.dir] = t.build(ctx, dir) // while the targets before it run
			}
			if err := built[t.dir]; err != nil {
				results <- result{target: t, err: err}
			} else {
				next <- t
			}
		}
		close(next)
		running.Wait()
		close(results)
	}()
	return results
}

// progress is what go test prints of a target:
//
//	fuzz: elapsed: 3s, execs: 102933 (34310/sec), new interesting: 5 (total: 9)
var progress = regexp.MustCompile(`execs: (\d+) .*new interesting: \d+ \(total: (\d+)\)`)

// run runs one target. Inputs that are interesting are not kept.
func (t target) run(ctx context.Context, dir, time string) result {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, t.binary()), "-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzztime="+time,
		"-test.parallel=1", "-test.fuzzcachedir="+filepath.Join(dir, "cache-"+t.binary()))
	cmd.Dir = t.dir
	out, err := cmd.CombinedOutput()
	r := result{target: t}
	if all := progress.FindAllSubmatch(out, -1); all != nil {
		r.inputs, r.found = string(all[len(all)-1][1]), string(all[len(all)-1][2])
	}
	if err != nil && !isOver(out) {
		r.err = fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out))
	}
	return r
}

// isOver reports whether a target failed only because its time was over, which happens now and then
// before Go 1.27 (https://go.dev/issue/75804).
func isOver(out []byte) bool {
	return bytes.Contains(out, []byte("context deadline exceeded")) && !bytes.Contains(out, []byte("Failing input")) && !bytes.Contains(out, []byte("_test.go:"))
}
