package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAreNotInTheVisibleCommandLine(t *testing.T) {
	for typed, want := range map[string]string{
		"gorun --system -E KEY=secret -EKEY2=secret --setenv=KEY3=a=secret --setenv KEY4=secret --unit=x -- /bin/sh -c secret": "gorun --system -E KEY= -EKEY2= --setenv=KEY3= --setenv KEY4= --unit=x -- sh",
		"gorun --no-record -E HOME make secret": "gorun --no-record -E HOME make",
		"gorun --no-record -E KEY= make make":   "gorun --no-record -E KEY= make",
		"gorun --system -E KEY=secret -S":       "gorun --system -E KEY= -S",
	} {
		args := strings.Fields(typed)
		o, err := parseArgs(slices.Clone(args))
		if err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		if got := strings.Join(o.visibleArguments(args), " "); got != want || !o.hidesArguments() {
			t.Errorf("%s: got %s", typed, got)
		}
	}
}

func TestDescriptionOfAHiddenCommandIsItsBaseName(t *testing.T) {
	command := []string{"/usr/bin/mysql", "--password=secret"}
	if got := describe(command, true); got != "[gorun] mysql" {
		t.Errorf("got %s", got)
	}
	if got := describe(command, false); got != "[gorun] /usr/bin/mysql --password=secret" {
		t.Errorf("got %s", got)
	}
}
