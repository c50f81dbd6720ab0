package main

import (
	"slices"
	"strings"
	"testing"

	"gorun/internal/run"
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

func TestArgumentsOfHooksAreNotInTheVisibleCommandLine(t *testing.T) {
	args := []string{"gorun", "--no-record", "--exec-stop-post=/bin/sh -c secret", "--exec-stop-post", "-sh secret", "make", "secret"}
	o, err := parseArgs(slices.Clone(args))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(o.visibleArguments(args), " "); got != "gorun --no-record --exec-stop-post=sh --exec-stop-post sh make" {
		t.Errorf("got %s", got)
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

func TestMultiplexerJoinsARunOfItsOwnUnlessAskedOtherwise(t *testing.T) {
	for line, want := range map[string]run.IfRunning{
		"gorun --unit=work tmux new -A -s main": run.JoinSame, "gorun --unit=work /usr/bin/screen -dRR": run.JoinSame,
		"gorun tmux": run.FailAlways, "gorun --unit=work make": run.FailAlways, "gorun --unit=work sh -c tmux": run.FailAlways,
		"gorun --unit=work --if-running=fail tmux": run.Fail, "gorun --unit=work --if-running=replace zellij": run.Replace, "gorun --unit=work --if-running=join make": run.Join,
	} {
		o, err := parseArgs(strings.Fields(line))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.orJoin(); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestUnitOfAMultiplexerHasItsDocumentationToo(t *testing.T) {
	for line, want := range map[string]string{
		"gorun tmux": "man:gorun(1) man:tmux(1)", "gorun -p Documentation= tmux": "man:gorun(1) man:tmux(1)", "gorun make": "man:gorun(1)",
	} {
		o, err := parseArgs(strings.Fields(line))
		if err != nil {
			t.Fatal(err)
		}
		spec, err := o.spec()
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := spec.Property("Documentation"); p.Text() != want {
			t.Errorf("%s: %s, want %s", line, p.Text(), want)
		}
	}
}
