package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gorun/integration/rig"
)

// propertyInfo is the part of property.Info that the tests need.
type propertyInfo struct {
	Name, Group string
	Since       int
	List, Reset bool
}

// onlyOnBus tells what systemd-run does not know: see systemd's bus-unit-util.c.
func (p propertyInfo) onlyOnBus() bool {
	return slices.Contains([]string{"RestrictNetworkInterfaces", "OnSuccessJobMode", "StartupMemoryHigh", "StartupMemoryLow",
		"StartupMemoryMax", "StartupMemorySwapMax", "StartupMemoryZSwapMax", "DefaultStartupMemoryLow"}, p.Name)
}

// outcome is what came of starting a scope with some properties.
type outcome struct {
	Status int
	Stderr string
	Show   map[string]string // what the manager holds
}

// refused tells that the command did not run.
func (o outcome) refused() bool { return o.Status != 0 && len(o.Show) == 0 }

type pair struct{ Gorun, SystemdRun outcome }

// bothRan tells that the command ran to its end under both.
func (p pair) bothRan() bool { return p.Gorun.Status == 0 && p.SystemdRun.Status == 0 }

// trials are what is tried on a machine, in one go.
type trials struct {
	User   bool
	Trials [][]string
	Spans  []string
	Table  []propertyInfo `json:"-"`

	program string // on the machine
	done    []pair
	spans   []struct{ Gorun, Systemd int64 }
}

// add has assignments tried, and returns the number of the trial.
func (r *trials) add(assignments ...string) int {
	r.Trials = append(r.Trials, assignments)
	return len(r.Trials) - 1
}

// batch is how many trials go into one script, which has a time limit: on a busy
// machine each takes a second.
const batch = 80

// run tries everything.
func (r *trials) run(t *testing.T, g *guest, user string) {
	t.Helper()
	if r.program == "" {
		r.program = buildFor(t, g, "./guest/proptrial")
	}
	r.User = user != "root"
	s := g.login(t, user)
	part := *r
	for rest := r.Trials; ; part.Spans = nil {
		n := min(batch, len(rest))
		part.Trials, rest = rest[:n], rest[n:]
		r.ask(s, user, part)
		if len(rest) == 0 {
			return
		}
	}
}

// ask has a part of the trials tried.
func (r *trials) ask(s *session, user string, part trials) {
	s.t.Helper()
	request, err := json.Marshal(part)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.Upload(s.t.Context(), request, "/tmp/trials-"+user, "600"); err != nil {
		s.t.Fatal(err)
	}
	var response struct {
		Table  []propertyInfo
		Trials []pair
		Spans  []struct{ Gorun, Systemd int64 }
	}
	if err := json.Unmarshal([]byte(s.ok(r.program+" </tmp/trials-"+user)), &response); err != nil {
		s.t.Fatal(err)
	}
	r.Table, r.done, r.spans = response.Table, append(r.done, response.Trials...), append(r.spans, response.Spans...)
}

// volatile are what differs between any two scopes.
var volatile = []string{"InvocationID", "ControlGroupId", "CPUUsageNSec", "MemoryAvailable", "MemoryCurrent", "MemoryPeak",
	"TasksCurrent", "IOReadBytes", "IOReadOperations", "IOWriteBytes", "IOWriteOperations"}

// gorunsOwn are what gorun sets and systemd-run does not.
var gorunsOwn = []string{"CollectMode", "Description", "Documentation", "OOMPolicy"}

// shown is what the manager holds of a scope, without what differs anyway. It
// keeps sets, in any order.
func (o outcome) shown(row string) map[string]string {
	show := map[string]string{}
	for name, value := range o.Show {
		switch {
		case name == "UnitFile":
			show[name] = unitFile(value)
		case slices.Contains(volatile, name), strings.Contains(name, "Timestamp"), isGorunsOwn(name, row):
		default:
			show[name] = sorted(strings.Fields(value))
		}
	}
	if row == "Documentation" {
		show[row] = sorted(strings.Fields(strings.ReplaceAll(show[row], `"man:gorun(1)"`, "")))
	}
	return show
}

// unitFile is the settings in a unit file, without those that differ anyway.
func unitFile(text string) string {
	return sorted(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		name, value, _ := strings.Cut(line, "=")
		return line == "" || strings.ContainsRune("[#", rune(line[0])) || isGorunsOwn(name, "") || value == "man:gorun(1)"
	}))
}

func isGorunsOwn(name, row string) bool { return slices.Contains(gorunsOwn, name) && name != row }

func sorted(words []string) string { return strings.Join(slices.Sorted(slices.Values(words)), " ") }

// comparison is of what gorun and systemd-run make of a row.
type comparison struct {
	*testing.T
	suite    rig.Suite
	row      propertyInfo
	sample   propertySample
	baseline outcome
}

// missing tells that this systemd does not have the property.
func (c comparison) missing() bool {
	return c.suite.Systemd < c.row.Since && !(c.suite.Name == "bookworm" && c.row.Name == "OOMPolicy") // Debian's 252 has it
}

// ignored tells that this systemd takes anything for the property and drops it.
func (c comparison) ignored() bool { return c.row.Group == "Legacy" && c.suite.Systemd >= 258 }

// garbled tells that this systemd-run sends rubbish for an empty value: it forgets
// to say of how many devices the list is, and takes what is on the stack.
func (c comparison) garbled() bool {
	return c.row.Name == "IODeviceLatencyTargetSec" && c.suite.Systemd < 262
}

// good holds that a good value arrives, and as systemd-run's does.
func (c comparison) good(got pair) {
	c.Helper()
	c.equal(c.sample.good, got)
	name, value, isShown := strings.Cut(c.sample.show, "=")
	switch {
	case c.missing(), c.sample.fails != "" && got.Gorun.Status != 0:
	case isShown && !c.ignored() && got.Gorun.Show[name] != value:
		c.Errorf("%s=%s: the manager holds %s=%s, want %s", c.row.Name, c.sample.good, name, got.Gorun.Show[name], value)
	case c.sample.unseen == "" && !c.ignored() && maps.Equal(got.Gorun.shown(c.row.Name), c.baseline.shown(c.row.Name)):
		c.Errorf("%s=%s: the manager holds the same without", c.row.Name, c.sample.good)
	}
}

// equal holds that the manager has the same from both, or refuses both.
func (c comparison) equal(value string, got pair) {
	c.Helper()
	assignment := "-p " + c.row.Name + "=" + value
	switch {
	case c.missing():
		want := fmt.Sprintf("gorun: error: -p %s=%s: this systemd does not support it for scopes; systemd %d does\n",
			c.row.Name, c.sample.good, c.row.Since)
		if got.Gorun.Status != 125 || got.Gorun.Stderr != want {
			c.Errorf("%s: status %d, %q; want %q", assignment, got.Gorun.Status, got.Gorun.Stderr, want)
		}
		if !got.SystemdRun.refused() {
			c.Errorf("%s: systemd-run takes it", assignment)
		}
	case c.row.onlyOnBus() && got.SystemdRun.refused():
		if got.Gorun.Status != 0 {
			c.Errorf("%s: status %d, %q", assignment, got.Gorun.Status, got.Gorun.Stderr)
		}
	case c.sample.fails != "" && !got.bothRan() && !strings.Contains(got.Gorun.Stderr, assignment):
	case !got.bothRan():
		c.Errorf("%s: gorun: status %d, %q; systemd-run: status %d, %q", assignment,
			got.Gorun.Status, got.Gorun.Stderr, got.SystemdRun.Status, got.SystemdRun.Stderr)
	default:
		c.noDifference(assignment, got)
	}
}

// isReset holds of what systemd-run does not know that nothing is left of it.
func (c comparison) isReset(got outcome) {
	c.Helper()
	if !c.row.onlyOnBus() || c.missing() || c.ignored() {
		return
	}
	name, value, _ := strings.Cut(c.sample.show, "=")
	if got.Show[name] == value || got.Show[name] != c.baseline.Show[name] {
		c.Errorf("%s=%s and then nothing: the manager holds %q, and %q without", name, value, got.Show[name], c.baseline.Show[name])
	}
}

func (c comparison) noDifference(assignment string, got pair) {
	c.Helper()
	ours, theirs := got.Gorun.shown(c.row.Name), got.SystemdRun.shown(c.row.Name)
	for name := range theirs {
		if ours[name] != theirs[name] {
			c.Errorf("%s: the manager holds %s=%q; from systemd-run it is %q", assignment, name, ours[name], theirs[name])
		}
	}
}

// bad holds that a bad value is refused by both, and by gorun with the option.
func (c comparison) bad(got pair) {
	c.Helper()
	assignment := "-p " + c.row.Name + "=" + c.sample.bad
	if got.Gorun.Status != 125 || !strings.HasPrefix(got.Gorun.Stderr, "gorun: error: "+assignment+": ") {
		c.Errorf("%s: status %d, %q", assignment, got.Gorun.Status, got.Gorun.Stderr)
	}
	if !got.SystemdRun.refused() && !c.ignored() && c.sample.lenient == "" {
		c.Errorf("%s: systemd-run takes it", assignment)
	}
}

// propertyTrials are the numbers of a row's trials; 0 for none.
type propertyTrials struct{ good, reset, bad int }

// tryAll has every row of the table tried: with a good value, with that and then
// nothing, and with a bad value.
func tryAll(table []propertyInfo) (*trials, map[string]propertyTrials) {
	r := &trials{}
	r.add() // the baseline
	numbers := map[string]propertyTrials{}
	for _, row := range table {
		s := propertySampleOf(row)
		good := append(slices.Clone(s.with), row.Name+"="+s.good)
		n := propertyTrials{good: r.add(good...), bad: r.add(row.Name + "=" + s.bad)}
		if (row.Reset || row.List) && !s.oneOfMany {
			n.reset = r.add(append(good, row.Name+"=")...)
		}
		numbers[row.Name] = n
	}
	return r, numbers
}

func TestEveryPropertyIsWhatSystemdRunMakesOfIt(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		var ask trials
		ask.run(t, g, "root")
		r, numbers := tryAll(ask.Table)
		r.program = ask.program
		r.run(t, g, "root")
		for _, row := range r.Table {
			n := numbers[row.Name]
			if s := propertySampleOf(row); s.good == "" {
				t.Errorf("%s: no sample", row.Name)
			}
			c := comparison{t, g.Suite, row, propertySampleOf(row), r.done[0].Gorun}
			c.good(r.done[n.good])
			if n.reset > 0 && !c.garbled() {
				c.equal("", r.done[n.reset])
				c.isReset(r.done[n.reset].Gorun)
			}
			if row.Name != "Description" {
				c.bad(r.done[n.bad])
			}
		}
	})
}

// Of the user's manager a part of the table is enough: what it can do. What it does
// not take at all it refuses from both.
func TestUsersPropertiesAreWhatSystemdRunMakesOfThem(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		var ask trials
		ask.run(t, g, "alice")
		table := slices.DeleteFunc(ask.Table, func(row propertyInfo) bool {
			return !slices.Contains([]string{"Scope", "CPU", "Memory", "Tasks", "Kill", "Delegation"}, row.Group) && row.Name != "FailureAction"
		})
		r, numbers := tryAll(table)
		r.program = ask.program
		r.run(t, g, "alice")
		for _, row := range table {
			n := numbers[row.Name]
			c := comparison{t, g.Suite, row, propertySampleOf(row), r.done[0].Gorun}
			if row.Name == "FailureAction" { // reboot is not for users
				if got := r.done[n.good]; !got.SystemdRun.refused() || !strings.Contains(got.Gorun.Stderr, "-p FailureAction=reboot: the manager refuses it: ") {
					t.Errorf("FailureAction=reboot: gorun: %q; systemd-run: %q", got.Gorun.Stderr, got.SystemdRun.Stderr)
				}
				continue
			}
			c.good(r.done[n.good])
		}
	})
}

func TestPropertyThatSurprisesIsWarnedOf(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for options, want := range map[string]string{
			"-p KillMode=mixed":           "gorun: warning: KillMode=mixed: a scope has no main process",
			"-p Delegate=":                "gorun: warning: Delegate=: an empty value does not end the delegation",
			"-p CPUShares=10":             "gorun: warning: CPUShares=10: it has no effect",
			"-p User=alice":               "gorun: warning: User=alice: it has no effect without Delegate=yes",
			"-q -p KillMode=mixed":        "",
			"-p User=alice -p Delegate=1": "",
		} {
			out := s.run("gorun " + options + " true")
			if out.Status != 0 || !strings.HasPrefix(out.Stderr, want) || want == "" && out.Stderr != "" {
				t.Errorf("%s: status %d, printed %q", options, out.Status, out.Stderr)
			}
		}
		for options, want := range map[string]string{
			"-p Nice=5":           "gorun: error: -p Nice=5: scopes do not have it; services do\ngorun: hint: --nice=N does it\n",
			"-p MemroyMax=1G":     "gorun: error: -p MemroyMax=1G: unknown property of scopes; did you mean MemoryMax?\n",
			"-p JobTimeoutSec=1s": "gorun: error: -p JobTimeoutSec=1s: not supported for transient units; JobRunningTimeoutSec does the same\n",
			"--tasks-max=100%":    "gorun: error: --tasks-max=100%: want more than 0% and less than 100%; infinity means no limit\n",
		} {
			if out := s.run("gorun " + options + " true"); out.Status != 125 || out.Stderr != want {
				t.Errorf("%s: status %d, printed %q", options, out.Status, out.Stderr)
			}
		}
	})
}
