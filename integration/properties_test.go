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

// onlyOnBus reports whether systemd-run does not know the property: see systemd's
// bus-unit-util.c.
func (p propertyInfo) onlyOnBus() bool {
	return slices.Contains([]string{"RestrictNetworkInterfaces", "OnSuccessJobMode", "StartupMemoryHigh", "StartupMemoryLow",
		"StartupMemoryMax", "StartupMemorySwapMax", "StartupMemoryZSwapMax", "DefaultStartupMemoryLow"}, p.Name)
}

// outcome is the result of starting a scope with some properties.
type outcome struct {
	Status int
	Stderr string
	Show   map[string]string // the manager's properties
}

// refused reports whether the command did not run.
func (o outcome) refused() bool { return o.Status != 0 && len(o.Show) == 0 }

type pair struct{ Gorun, SystemdRun outcome }

// bothRan reports whether the command ran to its end under both.
func (p pair) bothRan() bool { return p.Gorun.Status == 0 && p.SystemdRun.Status == 0 }

// trials are assignments to try on a machine, all at once.
type trials struct {
	User   bool
	Trials [][]string
	Spans  []string
	Table  []propertyInfo `json:"-"`

	program string // on the machine
	done    []pair
	spans   []struct{ Gorun, Systemd int64 }
}

// add adds a trial of assignments, and returns its number.
func (r *trials) add(assignments ...string) int {
	r.Trials = append(r.Trials, assignments)
	return len(r.Trials) - 1
}

// batch is how many trials one script runs. The script has a time limit, and on a busy
// machine each trial takes a second.
const batch = 80

// run runs all trials.
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

// ask runs a part of the trials.
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

// volatile lists the properties that differ between any two scopes.
var volatile = []string{"InvocationID", "ControlGroupId", "CPUUsageNSec", "MemoryAvailable", "MemoryCurrent", "MemoryPeak",
	"TasksCurrent", "Job", "IOReadBytes", "IOReadOperations", "IOWriteBytes", "IOWriteOperations"}

// gorunsOwn lists the properties that gorun sets and systemd-run does not.
var gorunsOwn = []string{"CollectMode", "Description", "Documentation", "OOMPolicy"}

// shown is the scope's properties in the manager, without those that always differ. The
// order of a value's words does not matter, because the manager keeps sets.
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

// unitFile is the settings in a unit file, without those that always differ.
func unitFile(text string) string {
	return sorted(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		name, value, _ := strings.Cut(line, "=")
		return line == "" || strings.ContainsRune("[#", rune(line[0])) || isGorunsOwn(name, "") || value == "man:gorun(1)"
	}))
}

func isGorunsOwn(name, row string) bool { return slices.Contains(gorunsOwn, name) && name != row }

func sorted(words []string) string { return strings.Join(slices.Sorted(slices.Values(words)), " ") }

// comparison compares gorun and systemd-run for one row of the table.
type comparison struct {
	*testing.T
	suite    rig.Suite
	row      propertyInfo
	sample   propertySample
	baseline outcome
}

// missing reports whether this systemd does not have the property.
func (c comparison) missing() bool {
	return c.suite.Systemd < c.row.Since && !(c.suite.Name == "bookworm" && c.row.Name == "OOMPolicy") // Debian's 252 has it
}

// ignored reports whether this systemd accepts any value of the property and ignores it.
func (c comparison) ignored() bool { return c.row.Group == "Legacy" && c.suite.Systemd >= 258 }

// garbled reports whether this systemd-run sends garbage for an empty value: it does not
// set the length of the device list, and so uses a random value from the stack.
func (c comparison) garbled() bool {
	return c.row.Name == "IODeviceLatencyTargetSec" && c.suite.Systemd < 262
}

// good checks that the manager gets a good value, the same as from systemd-run.
func (c comparison) good(got pair) {
	c.Helper()
	c.equal(c.sample.good, got)
	name, value, isShown := strings.Cut(c.sample.show, "=")
	switch {
	case c.missing(), c.sample.fails != "" && got.Gorun.Status != 0:
	case isShown && !c.ignored() && got.Gorun.Show[name] != value:
		c.Errorf("%s=%s: the manager has %s=%s, want %s", c.row.Name, c.sample.good, name, got.Gorun.Show[name], value)
	case c.sample.unseen == "" && !c.ignored() && maps.Equal(got.Gorun.shown(c.row.Name), c.baseline.shown(c.row.Name)):
		c.Errorf("%s=%s: the manager has the same without it", c.row.Name, c.sample.good)
	}
}

// equal checks that the manager has the same from both, or refuses both.
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
			c.Errorf("%s: systemd-run accepts it", assignment)
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

// isReset checks that an empty value resets a property that systemd-run does not know.
func (c comparison) isReset(got outcome) {
	c.Helper()
	if !c.row.onlyOnBus() || c.missing() || c.ignored() {
		return
	}
	name, value, _ := strings.Cut(c.sample.show, "=")
	if got.Show[name] == value || got.Show[name] != c.baseline.Show[name] {
		c.Errorf("%s=%s and then an empty value: the manager has %q, want the default %q", name, value, got.Show[name], c.baseline.Show[name])
	}
}

func (c comparison) noDifference(assignment string, got pair) {
	c.Helper()
	ours, theirs := got.Gorun.shown(c.row.Name), got.SystemdRun.shown(c.row.Name)
	for name := range theirs {
		if ours[name] != theirs[name] {
			c.Errorf("%s: the manager has %s=%q; from systemd-run it is %q", assignment, name, ours[name], theirs[name])
		}
	}
}

// bad checks that both refuse a bad value, and that gorun's message names the option.
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

// propertyTrials are the numbers of a row's trials; 0 means none.
type propertyTrials struct{ good, reset, bad int }

// tryAll adds trials for every row of the table: with a good value, with a good and then
// an empty value, and with a bad value.
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

func TestEveryPropertyIsTheSameAsWithSystemdRun(t *testing.T) {
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

// For the user's manager a part of the table is enough: the properties that it supports.
// It refuses the others from both launchers.
func TestUserManagersPropertiesAreTheSameAsWithSystemdRun(t *testing.T) {
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
			if row.Name == "FailureAction" { // a user's manager may not reboot
				if got := r.done[n.good]; !got.SystemdRun.refused() || !strings.Contains(got.Gorun.Stderr, "-p FailureAction=reboot: the manager refuses it: ") {
					t.Errorf("FailureAction=reboot: gorun: %q; systemd-run: %q", got.Gorun.Stderr, got.SystemdRun.Stderr)
				}
				continue
			}
			c.good(r.done[n.good])
		}
	})
}

func TestPropertyWithoutTheExpectedEffectIsWarnedOf(t *testing.T) {
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
			"--tasks-max=100%":    "gorun: error: --tasks-max=100%: must be more than 0% and less than 100%; infinity means no limit\n",
		} {
			if out := s.run("gorun " + options + " true"); out.Status != 125 || out.Stderr != want {
				t.Errorf("%s: status %d, printed %q", options, out.Status, out.Stderr)
			}
		}
	})
}
