package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// crowdSize is how many other scopes live.
const crowdSize = 1000

// crowded is how long a launch takes alone, and among many scopes that live.
type crowded struct {
	Name           string
	Alone, Crowded time.Duration // medians
}

func (c crowded) ratio() float64 { return ratio(c.Crowded, c.Alone) }

// crowdScript starts scopes, some at a time, waits, and prints how many live.
const crowdScript = `
	seq %[1]d | xargs -P 10 -I{} sh -c 'gorun -q --exec sleep 10000 >/dev/null 2>&1 </dev/null & sleep 0.1'
	live() { ls -d /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/gorun-sleep-*.scope 2>/dev/null | wc -l; }
	for i in $(seq 300); do
		[ $(live) -ge %[1]d ] && break
		sleep 0.2
	done
	live`

// crowd measures launches, lets many scopes live, and measures them again.
func (m *machine) crowd(ctx context.Context, rounds int) ([]crowded, error) {
	compared := func(name string) bool { return slices.Contains([]string{peer, execs, supervised}, name) }
	alone, err := m.measure(ctx, rounds, compared)
	if err != nil {
		return nil, err
	}
	n, err := m.as(ctx, "alice", fmt.Sprintf(crowdScript, crowdSize))
	if err != nil {
		return nil, err
	}
	if n != fmt.Sprint(crowdSize) {
		return nil, fmt.Errorf("crowd: %s scopes live, want %d", n, crowdSize)
	}
	among, err := m.measure(ctx, rounds, compared)
	if err != nil {
		return nil, err
	}
	var list []crowded
	for _, l := range launchers {
		if compared(l.name) {
			list = append(list, crowded{l.name, summaryOf(l.name, alone[l.name]).Wall, summaryOf(l.name, among[l.name]).Wall})
		}
	}
	_, err = m.as(ctx, "alice", "pkill -x sleep; until ! pgrep -x sleep >/dev/null; do sleep 0.1; done")
	return list, err
}

func printCrowded(w io.Writer, list []crowded) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nwith %d live scopes\twall ms\tof that without\t\n", crowdSize)
	for _, c := range list {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t\n", c.Name, ms(c.Crowded), c.ratio())
	}
	t.Flush()
}
