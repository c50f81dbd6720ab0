package manage

import (
	"slices"
	"testing"

	"gorun/internal/process"
	"gorun/internal/report"
	"gorun/scope"
)

func TestStatusOfAnEndedRunIsThatOfItsGorun(t *testing.T) {
	record := func(status, code *int, signal string, outcome report.Outcome) *Status {
		rep := &report.Report{Outcome: outcome, ExitCode: code, ExitStatus: status}
		if signal != "" {
			rep.Signal = &signal
		}
		return &Status{Unit: "x.scope", Report: rep}
	}
	for name, c := range map[string]struct {
		u    *Status
		want int // -1 if it is not known
	}{
		"recorded":                 {record(new(124), nil, "SIGTERM", report.TimedOut), 124},
		"not started":              {record(new(127), nil, "", report.NotStarted), 127},
		"older gorun, exited":      {record(nil, new(3), "", report.Exited), 3},
		"older gorun, signal":      {record(nil, nil, "SIGSEGV", report.Signaled), 139},
		"older gorun, not started": {record(nil, nil, "", report.NotStarted), -1},
		"killed at its limit":      {&Status{Result: new("timeout"), killed: true}, 137},
		"ended at its limit":       {&Status{Result: new("timeout")}, -1},
		"killed for memory":        {&Status{Result: new("oom-kill"), killed: true}, 137},
		"stopped for memory":       {&Status{Result: new("oom-kill"), OutOfMemory: true}, -1},
		"nothing is known":         {&Status{Result: new("success")}, -1},
		"nobody says anything":     {&Status{}, -1},
	} {
		got, err := c.u.ExitStatus()
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestCommandIsTheChildOfGorun(t *testing.T) {
	p := func(pid, parent int, name string) process.Process {
		return process.Process{PID: pid, Parent: parent, Name: name, Args: []string{name}}
	}
	for name, c := range map[string]struct {
		list []process.Process
		want []string
	}{
		"supervised":            {[]process.Process{p(5, 1, "gorun"), p(6, 5, "make"), p(7, 6, "cc")}, []string{"make"}},
		"a PID that was free":   {[]process.Process{p(3, 7, "cc"), p(5, 1, "gorun"), p(7, 5, "make")}, []string{"make"}},
		"replaced":              {[]process.Process{p(5, 1, "make"), p(6, 5, "cc")}, []string{"make"}},
		"leftovers":             {[]process.Process{p(6, 1, "sleep")}, []string{"sleep"}},
		"gorun, about to begin": {[]process.Process{p(5, 1, "gorun")}, nil},
	} {
		if got := commandOf(c.list); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A run that had ended when it was named is not the next one of that name.
func TestWaitForARunThatHadEndedIsAboutThatRun(t *testing.T) {
	code := 6
	past := &report.Past{InvocationID: "0123456789abcdef0123456789abcdef", Report: &report.Report{Outcome: report.Exited, ExitCode: &code}}
	for name, c := range map[string]struct {
		past *report.Past
		want int // -1 if it is not known
	}{"with a record": {past, 6}, "without": {nil, -1}} {
		u, err := (&Target{Unit: "x.scope", Manager: scope.UserManager, past: c.past}).Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		status, err := u.ExitStatus()
		if (err != nil) != (c.want < 0) || err == nil && status != c.want {
			t.Errorf("%s: status %d, %v", name, status, err)
		}
	}
}
