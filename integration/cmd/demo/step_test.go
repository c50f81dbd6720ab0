package main

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorun/integration/rig"
)

// fakeLogin is a login whose Run is a function.
type fakeLogin func(ctx context.Context, script string) (rig.Output, error)

func (fakeLogin) User() string { return "alice" }

func (f fakeLogin) Run(ctx context.Context, script string) (rig.Output, error) {
	return f(ctx, script)
}

// prints is a login in which every script prints out and ends with status.
func prints(out string, status int) fakeLogin {
	return func(context.Context, string) (rig.Output, error) {
		return rig.Output{Stdout: out, Status: status}, nil
	}
}

// hangs is a login in which every script prints out and does not end.
func hangs(out string) fakeLogin {
	return func(ctx context.Context, _ string) (rig.Output, error) {
		<-ctx.Done()
		return rig.Output{Stdout: out, Status: -1}, errors.New("connection lost")
	}
}

func show(s step, l login, patience time.Duration) (string, error) {
	var b strings.Builder
	err := s.show(context.Background(), &b, l, patience)
	return b.String(), err
}

func TestStepIsShownAsOnATerminal(t *testing.T) {
	s := step{why: "Two\nlines.", command: "echo a \\\n\tb\necho c", wants: []string{`^a b$`}}
	got, err := show(s, prints("a b", 0), time.Minute)
	want := "\n# Two\n# lines.\nalice$ echo a \\\n> \tb\nalice$ echo c\na b"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestStepWithWrongOutputStatusOrNoEndIsAnError(t *testing.T) {
	s := step{command: "gorun true", wants: []string{`^fine$`}}
	for name, test := range map[string]struct {
		login  login
		reason string
	}{
		"other output":     {prints("odd", 0), "the output does not match `^fine$`"},
		"other status":     {prints("odd", 3), "exit status 3"},
		"no end":           {hangs("odd"), "it has not ended after 10ms"},
		"no end of a wait": {hangs("odd"), "gave up after 10ms waiting for `true`"},
	} {
		t.Run(name, func(t *testing.T) {
			s := s
			if strings.Contains(name, "wait") {
				s.after = "true"
			}
			_, err := show(s, test.login, 10*time.Millisecond)
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); !strings.Contains(got, test.reason) || !strings.HasSuffix(got, "\nodd") {
				t.Errorf("error %q, want %q and the output", got, test.reason)
			}
		})
	}
}

func TestFailureLineIsOneLineWithoutTheOutput(t *testing.T) {
	f := &failure{step: step{command: "first\nsecond"}, reason: "late", output: "a\nb\n"}
	if got, want := f.line(), "`first ...`: late"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCommandStartsAfterItsCondition(t *testing.T) {
	var scripts []string
	l := fakeLogin(func(_ context.Context, script string) (rig.Output, error) {
		scripts = append(scripts, script)
		return rig.Output{}, nil
	})
	if err := (step{after: "ready", command: "go"}).show(t.Context(), io.Discard, l, time.Minute); err != nil {
		t.Fatal(err)
	}
	if len(scripts) != 2 || !strings.HasPrefix(scripts[0], "until ready;") || !strings.HasSuffix(scripts[1], "go") {
		t.Errorf("scripts %q", scripts)
	}
}

func TestStoryFitsIn80Columns(t *testing.T) {
	all := limits{machine: []string{"memory", "cpu", "pids"}, manager: []string{"memory", "cpu", "pids"}}
	for _, steps := range [][]step{whileLoggedIn(all), whileLoggedIn(limits{}), afterLogout(), afterSecondLogin()} {
		for _, s := range steps {
			for line := range strings.SplitSeq(s.typed("alice"), "\n") {
				if len(line) > 80 {
					t.Errorf("%d columns: %s", len(line), line)
				}
			}
			for _, want := range s.wants {
				if _, err := regexp.Compile(want); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
