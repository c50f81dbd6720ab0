package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// goal is what a figure should be at most.
type goal struct {
	Measure  string
	Got      float64
	AtMost   float64
	Attained bool
}

// compare holds all figures against what gorun promises: to be ahead of systemd-run.
func (f figures) compare() (list []goal) {
	add := func(measure string, got, atMost float64) {
		list = append(list, goal{measure, got, atMost, got <= atMost})
	}
	by := map[string]launch{}
	for _, l := range f.Launches {
		by[l.Name] = l
	}
	add("gorun --exec, wall, of systemd-run's", by[execs].WallRatio, 0.75)
	add("gorun --exec, p95, of systemd-run's", by[execs].P95Of, 0.9)
	add("gorun, wall, of systemd-run's", by[supervised].WallRatio, 0.88)
	add("gorun, p95, of systemd-run's", by[supervised].P95Of, 0.9)
	add("gorun --exec with limits, of systemd-run's with them", ratio(by[execWithLimits].Wall, by[peerWithLimits].Wall), 0.95)
	add("gorun with limits, of systemd-run's with them", ratio(by[supervisedLimits].Wall, by[peerWithLimits].Wall), 0.95)
	add("gorun --exec, CPU, of systemd-run's", by[execs].CPURatio, 0.75)
	add("gorun, CPU, of systemd-run's", by[supervised].CPURatio, 0.9)
	add("gorun --embedded, ms more than the command alone", ms(by[embedded].Wall-by[alone].Wall), 3)
	add("gorun --exec, wall, of the floor's", ratio(by[execs].Wall, by[floor].Wall), 1.3)
	add("a waiting gorun, MiB (PSS)", f.Waiting.PSS/1024, 2)
	add("a waiting gorun, MiB private and written to", f.Waiting.PrivateDirty/1024, 1.2)
	add("wakeups of waiting ones", float64(f.Waiting.Wakeups), 0)
	if len(f.Bursts) == 2 {
		add(fmt.Sprintf("%d at once, wall, of systemd-run's", burstSize), ratio(f.Bursts[1].Wall, f.Bursts[0].Wall), 1)
		add(fmt.Sprintf("%d at once, CPU, of systemd-run's", burstSize), ratio(f.Bursts[1].CPU, f.Bursts[0].CPU), 1)
	}
	if len(f.Crowded) == 3 {
		for _, c := range f.Crowded[1:] {
			add(fmt.Sprintf("%s with %d live scopes, of that without", c.Name, crowdSize), c.ratio(), f.Crowded[0].ratio())
		}
	}
	add("from COMMAND's exit to gorun's, ms", ms(by[supervised].End), ms(500*time.Microsecond))
	add("a user who does not linger, wall, of one who does", ratio(f.Unlinger.WallWithout, f.Unlinger.Wall), 1.1)
	add("a user who does not linger, CPU of all, of one who does", ratio(f.Unlinger.CPUWithout, f.Unlinger.CPU), 1.5)
	return list
}

func printGoals(w io.Writer, list []goal) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "goal\tgot\tat most\t")
	for _, g := range list {
		verdict := ""
		if !g.Attained {
			verdict = "missed"
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%s\n", g.Measure, g.Got, g.AtMost, verdict)
	}
	t.Flush()
}
