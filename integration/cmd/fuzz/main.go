// Command fuzz runs the fuzz targets of all packages, each for some time:
//
//	fuzz [-time TIME] [-run REGEXP]
//
// An input that breaks a target's invariant is kept below the package's testdata/fuzz, where
// every later test of the package tries it again. The status is 1 if there is one.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

func main() {
	time := flag.String("time", "10s", "for each target: a duration, or a number of inputs with an x")
	only := flag.String("run", "", "only targets whose names match a regular expression, as in ./internal/bus.FuzzDecode")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed, err := fuzz(ctx, regexp.MustCompile(*only), *time)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// fuzz runs the targets, as many at a time as there are processors. It returns how many have
// failed.
func fuzz(ctx context.Context, only *regexp.Regexp, time string) (failed int, err error) {
	targets, err := findTargets(".", only)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "gorun-fuzz-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	for r := range runAll(ctx, dir, targets, time) {
		fmt.Println(r)
		if r.err != nil {
			failed++
		}
	}
	return failed, ctx.Err()
}
