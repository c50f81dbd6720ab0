package main

import (
	"testing"
	"time"

	"gorun/integration/guest/bench/measure"
)

func TestQuantile(t *testing.T) {
	var samples []time.Duration
	for i := range 100 {
		samples = append(samples, time.Duration((i*37)%100)) // 0 to 99, not in order
	}
	for part, want := range map[float64]time.Duration{0: 0, 0.5: 50, 0.95: 95, 1: 99} {
		if got := quantile(samples, part); got != want {
			t.Errorf("%v: got %d, want %d", part, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing: got %d", got)
	}
}

func TestLaunchesAreComparedWithThePeer(t *testing.T) {
	results := measure.Results{
		peer:    {{Wall: 10, CPU: 8}, {Wall: 20, CPU: 8}, {Wall: 12, CPU: 8}},
		"gorun": {{Wall: 9, CPU: 4}, {Wall: 5, CPU: 4}, {Wall: 6, CPU: 4}},
	}
	for _, l := range summarize(results) {
		if l.Name == "gorun" && (l.WallRatio != 0.5 || l.P95Of != 0.45 || l.CPURatio != 0.5) {
			t.Errorf("got %+v", l)
		}
	}
}
