package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"gorun/integration/guest/faults/tally"
	"gorun/integration/rig"
)

// plan is what to try.
type plan struct {
	launches int
	machines int  // at a time
	vm       bool // virtual ones
	suites   []string
	only     *regexp.Regexp
	soak     time.Duration // 0 for all cases
	seed     uint64
}

// result is what came of one case on one systemd.
type result struct {
	Suite, Name string
	Took        time.Duration
	tally.Tally
}

// run runs all cases on all systemds, some machines at a time.
func (p plan) run(ctx context.Context) (results []result, err error) {
	images := map[string]*rig.Image{}
	for _, name := range p.suites {
		suite, err := rig.SuiteNamed(name)
		if err != nil {
			return nil, err
		}
		if images[name], err = rig.OpenImage(ctx, suite, os.Stderr); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	trials := p.trials()
	var mu sync.Mutex
	var running sync.WaitGroup
	for range p.machines {
		running.Go(func() {
			for t := range trials {
				r, err := p.try(ctx, images[t.suite], t.fault)
				if err != nil {
					cancel(fmt.Errorf("%s, %s: %w", t.suite, t.fault.name, err))
					return
				}
				mu.Lock()
				r.Suite, results = t.suite, append(results, r)
				printResult(os.Stdout, r)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return results, context.Cause(ctx)
}

// trial is a case on a systemd.
type trial struct {
	suite string
	fault fault
}

// trials sends all trials, and closes the channel.
func (p plan) trials() <-chan trial {
	all := make(chan trial, len(p.suites)*len(p.faults()))
	for _, suite := range p.suites {
		for _, f := range p.faults() {
			if p.only.MatchString(f.name) {
				all <- trial{suite, f}
			}
		}
	}
	close(all)
	return all
}

// faults lists what goes wrong.
func (p plan) faults() []fault {
	if p.soak > 0 {
		return []fault{soak}
	}
	if p.vm {
		return slices.Concat(faults, onVMs)
	}
	return faults
}

// try runs a case on a machine of its own.
func (p plan) try(ctx context.Context, img *rig.Image, f fault) (result, error) {
	start := rig.StartContainer
	if p.vm {
		start = rig.StartVM
	}
	m, err := start(ctx, img)
	if err != nil {
		return result{}, err
	}
	defer m.Close()
	if err := m.Install(ctx, m.Suite.Binary()); err != nil {
		return result{}, err
	}
	if err := m.Build(ctx, "faults", "go", "build", "-o", "OUT", "./integration/guest/faults"); err != nil {
		return result{}, err
	}
	var beside sync.WaitGroup
	beside.Go(func() {
		if f.beside != "" { // a machine that fails fails also below
			m.RunAs(ctx, "root", fmt.Sprintf("until [ -e %[1]s ]; do sleep 0.1; done\nwhile [ -e %[1]s ]; do\n%s\ndone", tally.Going, f.beside))
		}
	})
	begun := time.Now()
	out, err := m.RunAs(ctx, "alice", fmt.Sprintf("faults -seed %d -over %s %s %d; status=$?; touch %s; sleep 0.2; rm %[5]s; exit $status", p.seed, p.soak, f.trial, p.launches*f.share/100, tally.Going))
	beside.Wait()
	if err == nil && out.Status != 0 {
		err = fmt.Errorf("status %d: %s", out.Status, out.Stderr)
	}
	r := result{Name: f.name, Took: time.Since(begun)}
	if err == nil {
		err = json.Unmarshal([]byte(out.Stdout), &r.Tally)
	}
	return r, err
}
