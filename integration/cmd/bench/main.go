// Command bench compares gorun with systemd-run, on a container of systemd 257 in which a
// user lingers:
//
//	bench [-rounds N] [-json FILE]
//
// It prints medians and 95th percentiles. The same figures compare only within one run: the
// machine's speed changes from hour to hour.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gorun/integration/rig"
)

func main() {
	rig.Init()
	rounds := flag.Int("rounds", 250, "how often each command is run")
	file := flag.String("json", "", "a file that gets all figures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, *rounds, *file); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figures is all that is measured.
type figures struct {
	Machine  string
	Rounds   int
	Launches []launch
	Waiting  waiting
	Bursts   []burst
	Crowded  []crowded
	Unlinger lingering
	Goals    []goal
}

func bench(ctx context.Context, rounds int, file string) error {
	m, err := boot(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	f := figures{Rounds: rounds}
	if f.Machine, err = m.describe(ctx); err != nil {
		return err
	}
	fmt.Printf("%s\n\n", f.Machine)
	if f.Launches, err = m.launches(ctx, rounds); err != nil {
		return err
	}
	printLaunches(os.Stdout, f.Launches)
	if f.Waiting, err = m.waiting(ctx); err != nil {
		return err
	}
	fmt.Printf("\n%s\n\n", f.Waiting)
	if f.Bursts, err = m.bursts(ctx); err != nil {
		return err
	}
	printBursts(os.Stdout, f.Bursts)
	if f.Crowded, err = m.crowd(ctx, rounds); err != nil {
		return err
	}
	printCrowded(os.Stdout, f.Crowded)
	if f.Unlinger, err = m.unlinger(ctx); err != nil {
		return err
	}
	fmt.Printf("\n%s\n\n", f.Unlinger)
	f.Goals = f.compare()
	printGoals(os.Stdout, f.Goals)
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o666)
}
