package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestLimitsAreReadFromMachineAndManager(t *testing.T) {
	got, err := askLimits(context.Background(), prints("cpu memory pids\nmemory pids\n", 0), time.Minute)
	if err != nil || !got.holds("memory") || got.holds("cpu") || len(got.held()) != 2 || len(got.machine) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMachineWithoutControllersHasNoLimits(t *testing.T) {
	got, err := askLimits(context.Background(), prints("\n\n", 0), time.Minute)
	if err != nil || len(got.held()) != 0 || len(got.missing()) != len(allLimits) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOnlyLimitsThatHoldAreShown(t *testing.T) {
	some := limits{machine: []string{"cpu", "memory"}, manager: []string{"memory"}}
	var typed strings.Builder
	for _, s := range some.steps() {
		typed.WriteString(s.typed("alice"))
	}
	for text, want := range map[string]bool{
		"--memory-max=2G sh": true, "--memory-max=64M": true, "--tasks-max": false,
		"Alice's manager does not have the cpu controller.": true,
	} {
		if strings.Contains(typed.String(), text) != want {
			t.Errorf("%q: want %v in\n%s", text, want, typed.String())
		}
	}
}

func TestSummaryNamesTheLimitsThatWereNotShown(t *testing.T) {
	for want, missing := range map[string][]limit{
		"It took 1.5 s. Nothing was left out.":                                       nil,
		"It took 1.5 s. Not shown: memory, cpu, pids limits (see make demo RIG=vm).": allLimits[:],
	} {
		if got := summary(1500*time.Millisecond, missing); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
