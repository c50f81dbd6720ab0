package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A command behaves under gorun as it does alone, in every trial of the program conform
// except those with a reason. The test prints a table that also has other launchers;
// "make conformance" shows it.
func TestConformance(t *testing.T) {
	deeper(t)
	begins(t)
	table := &conformanceTable{}
	t.Cleanup(func() { table.print(os.Stdout) })
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		c := conformanceOn(t, g)
		table.add(g.Suite.Systemd, c)
		c.check(t)
	})
}

// prefix is a launcher in front of a command.
type prefix string

const (
	alone    prefix = ""
	gorunned prefix = "gorun"
	execed   prefix = "gorun --exec"
	// optioned has every option that changes how COMMAND is started, with values that
	// change nothing that the trials see.
	optioned prefix = "gorun --nice=0 --gid=alice --working-directory=. --expand-environment=no --at-end=leave"
)

// everyPrefix has gorun first, then its peers.
var everyPrefix = []prefix{alone, gorunned, execed, optioned, "timeout 999", "tini -s --", "systemd-run --user --scope -q"}

// prefixes lists the prefixes to try. The peers take the most time and are tried only if
// $GORUN_PEERS is set, gorun with options only if all tests run.
func prefixes() (list []prefix) {
	for _, p := range everyPrefix {
		switch {
		case p.isPeer() && os.Getenv("GORUN_PEERS") == "", (p == execed || p == optioned) && testing.Short():
		default:
			list = append(list, p)
		}
	}
	return list
}

// isPeer reports whether the prefix is another launcher than gorun.
func (p prefix) isPeer() bool { return p != alone && !strings.HasPrefix(string(p), "gorun") }

// conformTrial is a trial of the program conform.
type conformTrial struct {
	Group, Name                       string
	Reason, ReasonExec, ReasonOptions string
	OnlyFor, Want                     string
}

// reasonFor says why the observations with a prefix may differ.
func (c conformTrial) reasonFor(p prefix) string {
	switch {
	case p == execed && c.ReasonExec != "":
		return c.ReasonExec
	case p == optioned && c.ReasonOptions != "":
		return c.ReasonOptions
	}
	return c.Reason
}

// conformance holds the observations on one machine.
type conformance struct {
	trials []conformTrial
	saw    map[prefix]map[string]string // by the trial's name
}

// conformanceOn runs all trials with every prefix.
func conformanceOn(t *testing.T, g *guest) *conformance {
	t.Helper()
	program := buildFor(t, g, "./guest/conform")
	s := g.login(t, "alice")
	c := &conformance{saw: map[prefix]map[string]string{}}
	only := os.Getenv("GORUN_TRIALS")
	s.json(fmt.Sprintf("%s -list -only %s", program, quote(only)), &c.trials)
	for _, p := range prefixes() {
		var saw map[string]string
		s.json(fmt.Sprintf("%s -parallel 12 -prefix %s -only %s", program, quote(string(p)), quote(only)), &saw)
		c.saw[p] = saw
	}
	return c
}

// json runs a command that prints JSON.
func (s *session) json(command string, v any) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.ok(command)), v); err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
}

// wanted is the expected observations of a trial.
func (c *conformance) wanted(x conformTrial) string {
	if x.OnlyFor != "" {
		return x.Want
	}
	return c.saw[alone][x.Name]
}

// differs reports whether the observations with a prefix differ, if it was tried.
func (c *conformance) differs(x conformTrial, p prefix) bool {
	got, tried := c.saw[p][x.Name]
	return tried && got != c.wanted(x)
}

// differences counts the trials that differ.
func (c *conformance) differences(p prefix) (n int) {
	for _, x := range c.trials {
		if x.OnlyFor == "" && c.differs(x, p) {
			n++
		}
	}
	return n
}

// check makes sure that gorun differs only with a reason, and that no peer differs less.
// A trial with a reason does not always differ: two equal signals may merge into one.
func (c *conformance) check(t *testing.T) {
	t.Helper()
	for _, x := range c.trials {
		if text := c.wanted(x); strings.Contains(text, "never ") || strings.Contains(text, "hangs") || strings.Contains(text, "closed before") {
			t.Errorf("%s: does not work without gorun: %q", x.Name, text)
		}
		for _, p := range []prefix{gorunned, execed, optioned} {
			if c.differs(x, p) && x.reasonFor(p) == "" {
				t.Errorf("%s, %s: saw %q, want %q", x.Name, p, c.saw[p][x.Name], c.wanted(x))
			}
		}
	}
	for _, p := range prefixes() {
		if p.isPeer() && c.differences(p) < c.differences(gorunned) {
			t.Errorf("%s differs in %d trials, gorun in %d", p, c.differences(p), c.differences(gorunned))
		}
	}
}
