package integration

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"

	"gorun/integration/rig"
)

// Commands are started in every way from which a user can log out, with
// KillUserProcesses=yes and with no. The test prints a table of what survives; "make
// survival" fills and shows all of it.
func TestSurvivalTable(t *testing.T) {
	names, surroundings := suites(t), []bool{true, false}
	if os.Geteuid() != 0 {
		t.Skip("needs root for containers: emulated machines would take hours")
	}
	if testing.Short() {
		surroundings = surroundings[:1]
		t.Parallel()
	}
	table := newTable()
	t.Cleanup(func() { table.print(os.Stdout) })
	// If hundreds of users' managers start at the same time, they are too slow for the
	// launchers. Four machines with half of the cells each are fast enough.
	places := make(chan struct{}, 2*runtime.NumCPU())
	for _, name := range names {
		for _, kill := range surroundings {
			if !kill && listed("GORUN_SHORT_SUITES", name) {
				continue
			}
			t.Run(fmt.Sprintf("%s,KillUserProcesses=%t", name, kill), func(t *testing.T) {
				t.Parallel()
				places <- struct{}{}
				defer func() { <-places }()
				survive(t, name, kill, table)
			})
		}
	}
}

// survive tries all cells on one machine, and adds them to the table.
func survive(t *testing.T, suiteName string, kill bool, table *table) {
	suite, err := rig.SuiteNamed(suiteName)
	if err != nil {
		t.Fatal(err)
	}
	x := &trial{kill: kill, cells: slices.DeleteFunc(cells(kill), (*cell).isLeftOut)}
	if err := x.run(t, suite.Name); err != nil {
		x.fail(t, err)
	}
	table.add(suite.Systemd, x.cells)
	for _, c := range x.cells {
		c.check(t)
		c.checkVerdict(t)
	}
}

// isLeftOut reports whether the cell is not tried in this run of the tests. Only with
// $GORUN_PEERS other launchers than gorun start more than one command each: enough to see
// that the machine kills, and that gorun's verdicts on them are right. With -short gorun
// is tried with the hardest settings, and nohup is the only other launcher.
func (c *cell) isLeftOut() bool {
	if testing.Short() {
		return c.linger || c.launcher == systemdRun || c.command == diesOfHangup || c.command == screen
	}
	return c.launcher != gorun && c.command != ignoresHangup && os.Getenv("GORUN_PEERS") == ""
}

// check makes sure that gorun keeps its promise, and that the probe was killed. Other
// results are only measured.
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

// wanted is the expected fate of a cell's command, if there is one.
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
