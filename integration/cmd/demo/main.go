// Command demo shows what gorun does, on a machine that kills leftover processes at
// logout. Alice logs in over ssh, starts some commands, logs out, and logs in again. The
// output comes from systemd and the kernel.
//
// The machine is a container, or a virtual machine if RIG=vm is set or the demo does not
// run as root. The demo exits with 0 if every step printed what it should, with 1 if a
// step did not, and with 130 after Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"gorun/integration/rig"
)

// farewell is how long the demo may take to end after Ctrl-C. The machine ends
// with the process in any case.
const farewell = 5 * time.Second

func main() {
	rig.Init()
	record := flag.Bool("record", false, "play what README.md shows, and write that to README.md and docs/")
	flag.Parse()
	play := stage.demo
	if *record {
		play = stage.record
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills the demo
	err := bounded(ctx, farewell, func() error {
		if !*record {
			if err := playHere(ctx); err != nil {
				return err
			}
		}
		return onStage(ctx, func(s stage) error { return play(s, ctx) })
	})
	os.Exit(report(ctx, err))
}

// report says how the demo ended, in one line, and returns its exit status.
func report(ctx context.Context, err error) int {
	var f *failure
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "demo: interrupted")
		return 130
	case errors.As(err, &f): // explain has printed its output
		fmt.Fprintln(os.Stderr, "demo: failed:", f.line())
		return 1
	default:
		fmt.Fprintln(os.Stderr, "demo: failed:", err)
		return 1
	}
}
