package integration

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// observe notes what the kernel and the manager say of a run while it lasts: the kernel's
// last figures in /tmp/kernel, as in [kernelFigures], and the manager's last result in
// /tmp/result. It ends with the scope.
const observe = `
	observe() {
		scope=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/$1.scope
		until [ -d $scope ]; do sleep 0.05; done
		while read -r peak <$scope/memory.peak; do
			set -- $1 $(cat $scope/pids.peak; sed -n 's/^oom_kill //p' $scope/memory.events)
			[ $# = 3 ] && echo $peak $2 $3 >/tmp/kernel
			systemctl --user show --value -p Result $1.scope >/tmp/result
			sleep 0.1
		done 2>/dev/null
	}`

// kernelFigures are the kernel's figures of a scope at one moment.
type kernelFigures struct {
	memoryPeak, tasksPeak int64
	oomKills              int
}

// endings are ways in which a run ends. Each COMMAND lives for a second at least, so that it
// is observed.
var endings = []struct {
	name, options, command string
	meanwhile              string // is done while COMMAND runs
	status                 int
	outcome                string // of the report; empty if gorun cannot write one
	result                 string // the manager's
	oomKills               int
}{
	{"success", "", "sh -c 'sleep 1'", "", 0, "exited", "success", 0},
	{"failure", "", `python3 -c 'import time; b = bytearray(b"x") * (30 << 20); time.sleep(1); exit(3)'`, "", 3, "exited", "success", 0},
	{"signal", "", "sh -c 'sleep 1; kill -USR1 $$'", "", 138, "signaled", "success", 0},
	{"limit", "--runtime-max=5s", "sleep 60", "", 124, "timeout", "timeout", 0},
	{"stop", "", "sleep 60", "systemctl --user stop stop.scope", 143, "stopped", "success", 0},
	{"kill", "", "sleep 60", "kill $(pgrep -x sleep)", 143, "signaled", "success", 0},
	{"memory", "-p MemoryMax=48M -p MemorySwapMax=0", "sh -c 'sleep 1; tail /dev/zero; exit 5'", "", 5, "exited", "success", 1},
	{"policy", "-p MemoryMax=48M -p MemorySwapMax=0 --oom-policy=kill", "sh -c 'sleep 1; tail /dev/zero; exec sleep 60'", "", 137, "", "oom-kill", 0},
	{"tasks", "--tasks-max=20", "sh -c 'for i in $(seq 30); do sleep 1 & done; wait; exit 4'", "", 2, "exited", "success", 0},
	{"supervisor", "", "sh -c 'sleep 3; exit 6'", "kill -KILL $(pgrep -x gorun)", 137, "", "success", 0},
}

// However a run has ended, the report on standard error, the one in JSON, the status, the
// journal's entry, the kernel and the manager say the same.
func TestAllAccountsOfARunAgree(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for _, e := range endings {
			meanwhile := "true"
			if e.meanwhile != "" {
				meanwhile = "until pgrep -x sleep >/dev/null; do sleep 0.1; done; sleep 1; " + e.meanwhile
			}
			out := s.run(fmt.Sprintf(`%s
				rm -f /tmp/kernel /tmp/result /tmp/report.json; observe %s & { %s; } &
				sh -c '"$@"; exit $?' - gorun --unit=%[2]s --report --report-json=/tmp/report.json %[4]s %[5]s; status=$?; wait; exit $status`,
				observe, e.name, meanwhile, e.options, e.command))
			if out.Status != e.status {
				t.Errorf("%s: status %d, printed %q", e.name, out.Status, out.Stderr)
			}
			if result := s.ok("cat /tmp/result"); result != e.result {
				t.Errorf("%s: the manager's result is %q, want %q", e.name, result, e.result)
			}
			if e.outcome == "" {
				s.unknownEnd(e.name, e.result)
				continue
			}
			a := s.accounts(e.name, out.Stderr)
			if a.report.Outcome != e.outcome || a.report.OOMKills == nil || *a.report.OOMKills != e.oomKills {
				t.Errorf("%s: reported %s", e.name, a.json)
			}
			a.agree()
		}
		s.nothingLeft("systemctl --user")
	})
}

// unknownEnd makes sure that nothing is said of the end of a run whose supervisor was killed
// but what the manager knows.
func (s *session) unknownEnd(unit, result string) {
	s.t.Helper()
	if result == "success" {
		result = "-"
	}
	s.awaitEnd(unit, "ended "+result+" - - -")
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
	text    string        // --report, without its first line
	status  string        // --status, without its first lines
	entry   string        // the record's message
	kernel  kernelFigures // shortly before the end
	manager struct {      // after the end
		cpu        time.Duration
		memoryPeak int64 // zero for a manager that does not say it
	}
}

func (s *session) accounts(unit, stderr string) (a accounts) {
	s.t.Helper()
	s.waitFor("1", "journalctl --user -q -o cat -u "+unit+".scope | grep -c ' Consumed '; true")
	a = accounts{session: s, unit: unit, json: s.ok("cat /tmp/report.json")}
	if err := json.Unmarshal([]byte(a.json), &a.report); err != nil {
		s.t.Fatalf("%v: %s", err, a.json)
	}
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "  ") { // else it is not of the report
			a.text += line
		}
	}
	_, a.status, _ = strings.Cut(s.ok("gorun --status "+unit)+"\n", "  state        ended\n")
	a.entry = s.ok("journalctl --user -q -o cat -u " + unit + ".scope MESSAGE_ID=" + recordID)
	if _, err := fmt.Sscan(s.ok("cat /tmp/kernel"), &a.kernel.memoryPeak, &a.kernel.tasksPeak, &a.kernel.oomKills); err != nil {
		s.t.Fatal(err)
	}
	var fields map[string]any
	consumed := s.ok("journalctl --user -q -o json -u " + unit + ".scope | grep CPU_USAGE_NSEC")
	if err := json.Unmarshal([]byte(consumed), &fields); err != nil {
		s.t.Fatalf("%v: %s", err, consumed)
	}
	fmt.Sscan(fmt.Sprint(fields["CPU_USAGE_NSEC"]), &a.manager.cpu)
	fmt.Sscan(fmt.Sprint(fields["MEMORY_PEAK"]), &a.manager.memoryPeak)
	return a
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
	_, outcome, _ := strings.Cut(a.text, "  outcome ")
	outcome, _, _ = strings.Cut(outcome, "\n")
	_, outcome, _ = strings.Cut(outcome, ": ")
	if outcome == "" || !strings.Contains(a.entry, outcome) {
		a.t.Errorf("%s: reported %q, and the journal has %q", a.unit, outcome, a.entry)
	}
	r := a.report
	if r.CPU == nil || r.MemoryPeak == nil || r.TasksPeak == nil {
		a.t.Fatalf("%s: reported %s", a.unit, a.json)
	}
	cpu := time.Duration(*r.CPU * float64(time.Second))
	if cpu > a.manager.cpu || cpu == 0 {
		a.t.Errorf("%s: reported %v of processor time; the manager said %v", a.unit, cpu, a.manager.cpu)
	}
	if a.manager.memoryPeak != 0 && *r.MemoryPeak > a.manager.memoryPeak || *r.MemoryPeak == 0 {
		a.t.Errorf("%s: reported a peak of %d bytes; the manager said %d", a.unit, *r.MemoryPeak, a.manager.memoryPeak)
	}
	if *r.TasksPeak > a.kernel.tasksPeak+2 || *r.TasksPeak == 0 {
		a.t.Errorf("%s: reported a peak of %d tasks; the kernel said %d", a.unit, *r.TasksPeak, a.kernel.tasksPeak)
	}
	if *r.OOMKills < a.kernel.oomKills {
		a.t.Errorf("%s: reported %d OOM kills; the kernel said %d", a.unit, *r.OOMKills, a.kernel.oomKills)
	}
}
