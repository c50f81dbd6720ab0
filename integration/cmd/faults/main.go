// Command faults starts gorun many thousand times on machines where something goes wrong, and
// prints how often it broke its promise:
//
//	faults [-vm] [-launches N] [-machines N] [-suites LIST] [-run REGEXP] [-soak TIME] [-seed N] [-json FILE]
//
// Each command must run exactly once, in a scope of its own, unless gorun says 125; nothing may
// be left, and nothing that is not gorun's may be gone. The status is 1 if that did not hold.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"gorun/integration/rig"
)

func main() {
	rig.Init()
	p := plan{}
	flag.IntVar(&p.launches, "launches", 500, "how often each case starts gorun")
	suites := flag.String("suites", "bookworm,trixie,forky", "the systemds")
	only := flag.String("run", "", "only cases whose names match a regular expression")
	flag.DurationVar(&p.soak, "soak", 0, "only a little of all, in this time")
	flag.BoolVar(&p.vm, "vm", false, "virtual machines instead of containers: they have all controllers")
	flag.IntVar(&p.machines, "machines", 1, "how many machines at a time")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "repeats the random moments of another time")
	file := flag.String("json", "", "a file that gets all results")
	flag.Parse()
	p.suites, p.only = strings.Split(*suites, ","), regexp.MustCompile(*only)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	results, err := p.run(ctx)
	report(os.Stdout, results)
	if err == nil && *file != "" {
		err = writeJSON(*file, results)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
	if violations(results) > 0 {
		os.Exit(1)
	}
}

func writeJSON(file string, results []result) error {
	data, err := json.MarshalIndent(results, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o666)
}
