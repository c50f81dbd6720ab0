package main

import (
	"errors"
	"testing"

	"gorun/internal/hooks"
	"gorun/internal/output"
	"gorun/internal/run"
)

func TestTitleHasNothingOfTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		unit     string
		isChosen bool
		want     string
	}{
		{"train.scope", true, "gorun: train.scope"},
		{"gorun-train.py-0123456789abcdef.scope", false, "gorun: gorun-*-0123456789abcdef.scope"},
		{"gorun-x.scope", true, "gorun: gorun-x.scope"},
		{"", false, "gorun: no scope"},
	} {
		if got := title(c.unit, c.isChosen); got != c.want {
			t.Errorf("%s: got %q, want %q", c.unit, got, c.want)
		}
	}
}

// Output that waits may be printed to the journal.
func TestWarningOfAHookWithoutArgumentsNamesOnlyTheProgram(t *testing.T) {
	e := &run.HookError{Unit: "job.scope", Hook: &hooks.Failure{Command: "/usr/bin/curl -H secret", Program: "curl", Why: "exit status 7"}}
	n := &narrator{terminal: &terminal{}, options: &options{noRecord: true}, waiting: new(output.Taken)}
	if got := n.options.blame(n.visibleWarning(e)).Error(); got != "--exec-stop-post=curl: exit status 7" {
		t.Errorf("got %s", got)
	}
	if e.Hook.Command != "/usr/bin/curl -H secret" {
		t.Errorf("the warning itself has become %q", e.Hook.Command)
	}
	all := &run.HookError{Unit: "job.scope", Err: errors.New("no space")}
	if got := n.visibleWarning(all).Error(); got != "hooks of job.scope: no space" {
		t.Errorf("got %s", got)
	}
	n.waiting = nil // what a terminal or a file gets may have arguments
	if got := n.visibleWarning(e); got != error(e) {
		t.Errorf("got %v", got)
	}
}
