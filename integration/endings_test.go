package integration

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// observe notes the kernel's figures of a run in /tmp/kernel, as in [kernelFigures], until
// /tmp/ended exists. The last ones stay.
const observe = `
	rm -f /tmp/kernel /tmp/ended /tmp/report.json
	figure() { sed -n "s/^$2//p" $scope/$1 2>/dev/null | grep . || echo -1; }
	observe() {
		scope=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/$1.scope
		until [ -e /tmp/ended ]; do
			echo $(figure memory.peak; figure pids.peak; figure memory.events 'oom_kill ') >/tmp/now
			! grep -q usage $scope/cpu.stat 2>/dev/null || mv /tmp/now /tmp/kernel # the scope is still there
			sleep 0.1
		done
	}`

// kernelFigures are the kernel's figures of a scope at one moment; -1 where it has none.
type kernelFigures struct {
	memoryPeak, tasksPeak int64
	oomKills              int
}

// runEnding is a way in which a run ends. COMMAND lives for a second at least, so that it is
// observed.
type runEnding struct {
	name, options, command string
	meanwhile              string // is done while COMMAND runs
	status                 int
	outcome                string // of the report; empty if gorun cannot write one
	result                 string // the manager's; empty for success
	oomKills               int
}

// However a run has ended, the report on standard error, the one in JSON, the status, the
// journal's entry, the kernel and the manager say the same.
func TestAllAccountsOfARunAgree(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		g.login(t, "alice").accountsAgree([]runEnding{
			{"success", "", "sh -c 'sleep 1'", "", 0, "exited", "", 0},
			{"failure", "", "sh -c 'sleep 1; exit 3'", "", 3, "exited", "", 0},
			{"signal", "", "sh -c 'sleep 1; kill -USR1 $$'", "", 138, "signaled", "", 0},
			{"limit", "--runtime-max=3s", "sleep 60", "", 124, "timeout", "timeout", 0},
			{"stop", "", "sleep 60", "systemctl --user stop stop.scope", 143, "stopped", "", 0},
			{"kill", "", "sleep 60", "kill $(pgrep -x sleep)", 143, "signaled", "", 0},
			{"supervisor", "", "sh -c 'sleep 3; exit 6'", "kill -KILL $(pgrep -ox gorun)", 137, "", "", 0},
		})
	})
}

func TestAllAccountsOfALimitedRunAgree(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const limits = "-p MemoryMax=48M -p MemorySwapMax=0"
		g.login(t, "alice").accountsAgree([]runEnding{
			{"below", limits, `python3 -c 'import time; b = bytearray(b"x") * (24 << 20); time.sleep(1); exit(3)'`, "", 3, "exited", "", 0},
			{"killed", limits, "sh -c 'sleep 1; tail /dev/zero; exit 5'", "", 5, "exited", "", 1},
			{"policy", limits + " --oom-policy=kill", "sh -c 'sleep 1; tail /dev/zero; exec sleep 60'", "", 137, "", "oom-kill", 0},
			{"tasks", "--tasks-max=20", "sh -c 'for i in $(seq 30); do sleep 1 & done; wait; exit 4'", "", 2, "exited", "", 0},
		})
	})
}

func (s *session) accountsAgree(endings []runEnding) {
	s.t.Helper()
	for _, e := range endings {
		meanwhile := "true"
		if e.meanwhile != "" {
			meanwhile = "until pgrep -x sleep >/dev/null; do sleep 0.1; done; sleep 1; " + e.meanwhile
		}
		out := s.run(fmt.Sprintf(`%s
			observe %s & { %s; } &
			sh -c '"$@"; exit $?' - gorun --unit=%[2]s --report --report-json=/tmp/report.json %[4]s %[5]s; status=$?; touch /tmp/ended; wait; exit $status`,
			observe, e.name, meanwhile, e.options, e.command))
		if out.Status != e.status {
			s.t.Errorf("%s: status %d, printed %q", e.name, out.Status, out.Stderr)
		}
		s.waitFor("inactive", "systemctl --user is-active "+e.name+".scope; true")
		if result := s.managers(e.name, "UNIT_RESULT"); result != e.result {
			s.t.Errorf("%s: the manager's result is %q, want %q", e.name, result, e.result)
		}
		if e.outcome == "" {
			s.unknownEnd(e.name, e.result)
			continue
		}
		a := s.accounts(e.name, out.Stderr)
		if r := a.report; r.Outcome != e.outcome || r.OOMKills != nil && *r.OOMKills != e.oomKills {
			s.t.Errorf("%s: reported %s", e.name, a.json)
		}
		a.agree()
	}
	s.nothingLeft("systemctl --user")
}

// managers returns a field of the manager's messages about a run; empty if none has it.
func (s *session) managers(unit, field string) string {
	s.t.Helper()
	return s.ok("journalctl --user -q -o json -u " + unit + ".scope | sed -n 's/.*\"" + field + "\":\"\\([^\"]*\\)\".*/\\1/p'")
}

// unknownEnd makes sure that nothing is said of the end of a run whose supervisor was killed
// but what the manager knows.
func (s *session) unknownEnd(unit, result string) {
	s.t.Helper()
	s.awaitEnd(unit, "ended "+cmp.Or(result, "-")+" - - -")
	var report map[string]any
	text := s.ok("cat /tmp/report.json")
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	for field, value := range report {
		switch field {
		case "version", "unit", "invocation_id", "manager", "cgroup", "command", "started_at":
		default:
			if value != nil {
				s.t.Errorf("%s: the report has %q: %v", unit, field, value)
			}
		}
	}
}

// accounts are what is said of one run.
type accounts struct {
	*session
	unit    string
	report  reported
	json    string        // --report-json
	text    string        // the lines of --report
	status  string        // the lines of --status, except for the state
	entry   string        // the record's message
	kernel  kernelFigures // shortly before the end
	manager struct {      // after the end; zero where the manager does not mention it
		cpu        time.Duration
		memoryPeak int64
	}
}

func (s *session) accounts(unit, stderr string) (a accounts) {
	s.t.Helper()
	a = accounts{session: s, unit: unit, json: s.ok("cat /tmp/report.json")}
	if err := json.Unmarshal([]byte(a.json), &a.report); err != nil {
		s.t.Fatalf("%v: %s", err, a.json)
	}
	a.text, a.status = lines(stderr), lines(s.ok("gorun --status "+unit))
	a.status = strings.TrimPrefix(a.status, "state ended\n")
	a.entry = s.ok("journalctl --user -q -o cat -u " + unit + ".scope MESSAGE_ID=" + recordID)
	if _, err := fmt.Sscan(s.ok("cat /tmp/kernel"), &a.kernel.memoryPeak, &a.kernel.tasksPeak, &a.kernel.oomKills); err != nil {
		s.t.Fatal(err)
	}
	fmt.Sscan(s.managers(unit, "CPU_USAGE_NSEC"), &a.manager.cpu)
	fmt.Sscan(s.managers(unit, "MEMORY_PEAK"), &a.manager.memoryPeak)
	return a
}

// lines are the indented lines of a text, with a single space between words.
func lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") {
			b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
		}
	}
	return b.String()
}

// agree compares the accounts. The manager reads its figures later, when gorun has ended.
func (a accounts) agree() {
	a.t.Helper()
	if a.text == "" || a.text != a.status {
		a.t.Errorf("%s: reported\n%sand the status is\n%s", a.unit, a.text, a.status)
	}
	var list []struct{ Report any }
	var report any
	text := a.ok("gorun --status --json " + a.unit)
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 || json.Unmarshal([]byte(a.json), &report) != nil || !reflect.DeepEqual(list[0].Report, report) {
		a.t.Errorf("%s: reported %s, and the status is %s", a.unit, a.json, text)
	}
	// The outcome's first words are its name, which the entry leaves out.
	_, outcome, _ := strings.Cut(a.text, "outcome ")
	outcome, _, _ = strings.Cut(outcome, "\n")
	_, outcome, _ = strings.Cut(outcome, ": ")
	if outcome == "" || !strings.Contains(a.entry, outcome) {
		a.t.Errorf("%s: reported %q, and the journal has %q", a.unit, outcome, a.entry)
	}
	r := a.report
	if r.CPU == nil || *r.CPU == 0 || a.manager.cpu != 0 && *r.CPU > a.manager.cpu.Seconds() {
		a.t.Errorf("%s: reported %s; the manager said %v of processor time", a.unit, a.json, a.manager.cpu)
	}
	if (r.MemoryPeak == nil) != (a.kernel.memoryPeak < 0) || r.MemoryPeak != nil && (*r.MemoryPeak == 0 || a.manager.memoryPeak != 0 && *r.MemoryPeak > a.manager.memoryPeak) {
		a.t.Errorf("%s: reported %s; the kernel said %d bytes, and the manager %d", a.unit, a.json, a.kernel.memoryPeak, a.manager.memoryPeak)
	}
	if (r.TasksPeak == nil) != (a.kernel.tasksPeak < 0) || r.TasksPeak != nil && (*r.TasksPeak == 0 || *r.TasksPeak > a.kernel.tasksPeak+2) {
		a.t.Errorf("%s: reported %s; the kernel said %d tasks", a.unit, a.json, a.kernel.tasksPeak)
	}
	if (r.OOMKills == nil) != (a.kernel.oomKills < 0) || r.OOMKills != nil && *r.OOMKills < a.kernel.oomKills {
		a.t.Errorf("%s: reported %s; the kernel said %d OOM kills", a.unit, a.json, a.kernel.oomKills)
	}
}
