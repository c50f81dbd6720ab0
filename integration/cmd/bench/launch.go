package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"gorun/integration/guest/bench/measure"
)

// peer is what all others are compared with.
const peer = "systemd-run"

// The names of other launchers in the table.
const (
	alone            = "nothing"
	floor            = "floor in C"
	goFloor          = "floor in Go"
	goFloorWaits     = goFloor + ", waits"
	waiter           = "waiter in Go, no scope"
	peerWithLimits   = peer + ", limits"
	execs            = "gorun --exec"
	execWithLimits   = execs + ", limits"
	supervised       = "gorun"
	supervisedLimits = supervised + ", limits"
	embedded         = supervised + " --embedded"
)

// fourLimits are in force in a container, too: the manager itself enforces them.
var fourLimits = []string{"-p", "RuntimeMaxSec=1h", "-p", "RuntimeRandomizedExtraSec=1s", "-p", "TimeoutStopSec=20s", "-p", "OOMPolicy=stop"}

// launchers are what is put in front of a command.
var launchers = []struct {
	name string
	args []string
}{
	{alone, nil},
	{floor, []string{"floor"}},
	{goFloor, []string{"gofloor"}},
	{goFloorWaits, []string{"gofloor", "-wait"}},
	{waiter, []string{"waiter"}},
	{peer, peerCommand},
	{execs, []string{"gorun", "--exec"}},
	{supervised, []string{"gorun"}},
	{peerWithLimits, slices.Concat(peerCommand, fourLimits)},
	{execWithLimits, slices.Concat([]string{"gorun", "--exec"}, fourLimits)},
	{supervisedLimits, slices.Concat([]string{"gorun"}, fourLimits)},
	{embedded, []string{"gorun", "--embedded", "-q"}},
}

var peerCommand = []string{"systemd-run", "--user", "--scope", "-q"}

// warmUp is how many rounds fill the caches first.
const warmUp = 5

// launch is what one launcher takes for a command that does nothing.
type launch struct {
	Name             string
	Wall, WallP95    time.Duration
	CPU              time.Duration
	End              time.Duration // from the command's last instruction
	WallRatio, P95Of float64       // of the peer's
	CPURatio         float64
}

// launches measures all launchers.
func (m *machine) launches(ctx context.Context, rounds int) ([]launch, error) {
	results, err := m.measure(ctx, rounds, func(string) bool { return true })
	return summarize(results), err
}

// measure measures some launchers.
func (m *machine) measure(ctx context.Context, rounds int, which func(name string) bool) (measure.Results, error) {
	plan := measure.Plan{Rounds: rounds, WarmUp: warmUp}
	for _, l := range launchers {
		if !which(l.name) {
			continue
		}
		plan.Commands = append(plan.Commands, measure.Named{Name: l.name, Args: append(slices.Clip(l.args), "floor")})
	}
	data, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	out, err := m.as(ctx, "alice", fmt.Sprintf("bench <<'E'\n%s\nE", data))
	if err != nil {
		return nil, err
	}
	var results measure.Results
	return results, json.Unmarshal([]byte(out), &results)
}

// summarize makes the table, in the order of launchers.
func summarize(results measure.Results) (list []launch) {
	byPeer := summaryOf(peer, results[peer])
	for _, l := range launchers {
		s := summaryOf(l.name, results[l.name])
		s.WallRatio, s.P95Of, s.CPURatio = ratio(s.Wall, byPeer.Wall), ratio(s.WallP95, byPeer.WallP95), ratio(s.CPU, byPeer.CPU)
		list = append(list, s)
	}
	return list
}

func summaryOf(name string, samples []measure.Sample) launch {
	var wall, cpu, end []time.Duration
	for _, s := range samples {
		wall, cpu, end = append(wall, s.Wall), append(cpu, s.CPU), append(end, s.End)
	}
	return launch{Name: name, Wall: quantile(wall, 0.5), WallP95: quantile(wall, 0.95), CPU: quantile(cpu, 0.5), End: quantile(end, 0.5)}
}

// quantile is the smallest sample that at least a part of all are not above.
func quantile(samples []time.Duration, part float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	return samples[min(int(part*float64(len(samples))), len(samples)-1)]
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func printLaunches(w io.Writer, list []launch) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "in front of a command\twall ms\tp95 ms\tCPU ms\tend ms\twall\tp95\tCPU, of "+peer+"'s\t")
	for _, l := range list {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t\n",
			l.Name, ms(l.Wall), ms(l.WallP95), ms(l.CPU), ms(l.End), l.WallRatio, l.P95Of, l.CPURatio)
	}
	t.Flush()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
