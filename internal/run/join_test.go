package run

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
	"gorun/internal/unitname"
	"gorun/scope"
	"gorun/scope/property"
)

func TestRunOfTheSameMultiplexerIsKnownByItsDocumentation(t *testing.T) {
	for _, c := range []struct {
		command, documentation string
		want                   bool
	}{
		{"tmux", "man:tmux(1)", true},
		{"/usr/bin/tmux", "man:tmux(1)", true},
		{"screen", "man:tmux(1)", false},
		{"tmux", "", false},
		{"make", "man:make(1)", false},
	} {
		turn := &turn{run: &run{Config: Config{Command: []string{c.command}}}}
		state := scope.State{Description: "[gorun] " + c.command, Documentation: []string{unitname.Documentation, c.documentation}}
		if got := turn.isSame(state); got != c.want {
			t.Errorf("%s, and the unit has %s: %t", c.command, c.documentation, got)
		}
	}
}

func TestJoinedRunHasTheTimeLimitAndTheStopSignalOfTheScope(t *testing.T) {
	asked, err := property.Parse("KillSignal=TERM")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		limit     time.Duration
		isOverdue bool
	}{{time.Minute, true}, {2 * time.Hour, false}, {property.Infinity, false}} {
		list := []property.Property{asked}
		w := &watch{spec: scope.Spec{Properties: list}, begun: time.Now()}
		h := &host{scope: &scope.Scope{}, state: scope.State{RuntimeMax: c.limit}, begun: time.Now().Add(-time.Hour)}
		w.joined(h, unix.SIGINT)
		if got := w.stopSignal(); got != unix.SIGINT {
			t.Errorf("the stop signal is %s", got)
		}
		if got := w.isOverdue(); got != c.isOverdue {
			t.Errorf("after an hour, with a limit of %s: overdue is %t", c.limit, got)
		}
	}
}

func TestRunThatKeepsMissingOthersFailsInTheEnd(t *testing.T) {
	turn := &turn{run: &run{Config: Config{Spec: scope.Spec{Unit: "x.scope"}}}}
	if err := turn.missedSince(time.Now()); err != errMissed {
		t.Errorf("at first: %v", err)
	}
	turn.missed = time.Now().Add(-2 * scope.StartTimeout)
	if err := turn.missedSince(time.Now()); err == nil || err == errMissed {
		t.Errorf("in the end: %v", err)
	}
}

// A tmux server is left over as soon as its client has ended. Whoever stops it must know what
// that ends.
func TestLeftoverMultiplexerIsNamed(t *testing.T) {
	s := &scope.Scope{Unit: "work.scope"}
	left := []process.Process{{PID: 1, Name: "sleep"}, {PID: 2, Name: "tmux: server"}, {PID: 3, Name: "bash"}}
	e := newLeftoverError(s, left)
	if e.Multiplexer != "tmux" || !slices.Equal(e.Processes, []string{"sleep (process 1)", "tmux: server (process 2)", "bash (process 3)"}) {
		t.Errorf("got %+v", e)
	}
	if e := newLeftoverError(s, left[:1]); e.Multiplexer != "" {
		t.Errorf("got %+v", e)
	}
}
