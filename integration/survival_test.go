package integration

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"

	"gorun/integration/rig"
)

// Everything that a user may start something from and log out of, on machines that
// kill what a logout leaves and on machines that do not; prints a table of what
// lives then. "make survival" shows it. With -short only the hardest surroundings
// are tried, with gorun and with a probe that shows that the machine does kill.
func TestSurvivalTable(t *testing.T) {
	names, surroundings := suites(t), []bool{true, false}
	if os.Geteuid() != 0 {
		t.Skip("needs containers, and so root: in emulated machines it takes hours")
	}
	if testing.Short() {
		surroundings = surroundings[:1]
		t.Parallel()
	}
	table := newTable()
	t.Cleanup(func() { table.print(os.Stdout) })
	// Hundreds of users' managers that start at the same time do so too slowly for
	// the launchers, and six machines with as many as one has were slower together
	// than one after the other.
	places := make(chan struct{}, runtime.NumCPU())
	for _, name := range names {
		for _, kill := range surroundings {
			t.Run(fmt.Sprintf("%s,KillUserProcesses=%t", name, kill), func(t *testing.T) {
				t.Parallel()
				places <- struct{}{}
				defer func() { <-places }()
				survive(t, name, kill, table)
			})
		}
	}
}

// survive tries all cells of one machine, and adds them to the table.
func survive(t *testing.T, suiteName string, kill bool, table *table) {
	suite, err := rig.SuiteNamed(suiteName)
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{kill: kill, cells: cells(kill)}
	if testing.Short() {
		x.cells = slices.DeleteFunc(x.cells, func(c *cell) bool {
			return c.linger || c.launcher == systemdRun || c.command == diesOfHangup || c.command == screen
		})
	}
	if err := x.run(t, suite.Name); err != nil {
		x.fail(t, err)
	}
	table.add(suite.Systemd, x.cells)
	for _, c := range x.cells {
		c.check(t)
		c.checkVerdict(t)
	}
}

// check makes sure that gorun does what it promises, and that the measure can tell
// life from death at all. What becomes of the others otherwise is only measured.
func (c *cell) check(t *testing.T) {
	t.Helper()
	want, ok := c.wanted()
	if got := c.fate(); ok && got != want {
		t.Errorf("%v: %s, want %s; the launcher printed %q", c, got, want, c.log)
	}
	if c.launcher == gorun && len(c.left) > 0 {
		t.Errorf("%v: left %q", c, c.left)
	}
}

// wanted is what has to become of a cell's command, if that is known.
func (c *cell) wanted() (want fate, ok bool) {
	switch {
	case c.launcher == gorun && c.isHungUp():
		return hungUp, true
	case c.launcher == gorun:
		return alive, true
	case c.from != ssh || c.command != ignoresHangup:
		return "", false
	// From here on, the probe.
	case c.launcher == nohup && c.kill:
		return killed, true
	case c.launcher == nohup:
		return alive, true
	case !c.linger:
		return killed, true
	default:
		return alive, true
	}
}
