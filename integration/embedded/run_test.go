package embedded

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCommandEndsAsWithoutGorun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		for script, want := range map[string]int{
			"$G true": 0, "$G sh -c 'exit 7'": 7, "$G /nothing": 127, "$G /": 126, "$G --nice=99 true": 125,
			"$G sh -c 'kill -TERM $$'": 143, "$G sh -c 'kill -KILL $$'": 137, "$G --exec sh -c 'exit 9'": 9,
			"$G $G sh -c 'exit 5'": 5,
		} {
			if out := p.sh(t, script+"; exit $?"); out.status != want || want < 124 && out.stderr != "" {
				t.Errorf("%s: status %d, want %d: %s", script, out.status, want, out.stderr)
			}
		}
		p.ok(t, "$G true") // removes what the run with --exec has left, which nobody supervised
	})
}

func TestRunHasACgroupOfItsOwnWhichIsRemoved(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		path := p.ok(t, "$G sh -c 'sed -n s/^0:://p /proc/self/cgroup'")
		want := regexp.MustCompile(`/gorun-sh-[0-9a-f]{16}\.scope$`)
		if p.grouped != want.MatchString(path) {
			t.Fatalf("COMMAND ran in %s", path)
		}
		if found := p.ok(t, "find /sys/fs/cgroup -name '"+path[strings.LastIndex(path, "/")+1:]+"' 2>/dev/null || true"); p.grouped && found != "" {
			t.Errorf("left: %s", found)
		}
	})
}

func TestOneWarningNamesWhatIsMissing(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, "gorun --embedded true")
		const begin = "gorun: warning: no service manager: the run will not outlive the container or session by itself"
		if !strings.HasPrefix(out.stderr, begin) || strings.Count(out.stderr, "\n") != 1 || p.grouped && out.stderr != begin+"\n" {
			t.Errorf("printed %q", out.stderr)
		}
		if !p.grouped && !strings.Contains(out.stderr, "it has no cgroup of its own") {
			t.Errorf("printed %q", out.stderr)
		}
	})
}

func TestTimeLimitStopsTheRun(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, `$G --runtime-max=200ms sh -c 'sleep 600 & setsid sleep 600 & sleep 600'; exit $?`)
		if out.status != 124 || !strings.Contains(out.stderr, "time limit of 200ms reached") {
			t.Errorf("status %d, printed %q", out.status, out.stderr)
		}
		out = p.sh(t, `$G --runtime-max=200ms --stop-timeout=200ms sh -c 'trap "" TERM; (trap "" TERM; while :; do sleep 600; done) & while :; do sleep 600; done'; exit $?`)
		if out.status != 137 || !strings.Contains(out.stderr, "time limit of 200ms reached") {
			t.Errorf("with TERM ignored: status %d, printed %q", out.status, out.stderr)
		}
		out = p.sh(t, `$G --runtime-max=200ms --stop-signal=USR1 sh -c 'trap "echo stopped; exit 3" USR1; while :; do sleep 0.05; done'; exit $?`)
		if out.status != 124 || out.stdout != "stopped\n" {
			t.Errorf("with a stop signal: status %d, printed %q, %q", out.status, out.stdout, out.stderr)
		}
		if out := p.sh(t, `$G --runtime-max=600 true; exit $?`); out.status != 0 || out.took > 60*time.Second {
			t.Errorf("a run within its limit: status %d after %s", out.status, out.took)
		}
		p.nothingRuns(t, "sleep 600")
	})
}

// nothingRuns makes sure that no process with a command line is left, in the place's own home.
func (p place) nothingRuns(t *testing.T, command string) {
	t.Helper()
	dir := p.ok(t, "pwd")
	deadline := time.Now().Add(patience)
	for {
		found := p.ok(t, `for d in /proc/[0-9]*; do [ "$(readlink $d/cwd 2>/dev/null)" = `+dir+` ] && tr '\0' ' ' <$d/cmdline 2>/dev/null; done | grep -c '^`+command+`' || true`)
		if found == "0" {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s processes of %q are left", found, command)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// A report says how the run ended, and a record keeps it.
func TestReportAndRecord(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		name := fmt.Sprintf("report-%d", time.Now().UnixNano())
		out := p.sh(t, "$G --unit="+name+" --report-json=- --runtime-max=200ms sleep 600")
		var rep struct {
			Manager, Outcome, Unit string
			Cgroup                 *string
		}
		if err := json.Unmarshal([]byte(out.stdout), &rep); err != nil {
			t.Fatal(err, out)
		}
		if rep.Manager != "embedded" || rep.Outcome != "timeout" || rep.Unit != name+".scope" || (rep.Cgroup != nil) != p.grouped {
			t.Errorf("reported %+v", rep)
		}
		var status []struct {
			State  string
			Report struct{ Outcome string }
		}
		text := p.ok(t, "gorun --embedded --status --json "+name)
		if err := json.Unmarshal([]byte(text), &status); err != nil || len(status) != 1 || status[0].State != "ended" || status[0].Report.Outcome != "timeout" {
			t.Errorf("status %s: %v", text, err)
		}
	})
}

func TestWhatNeedsAManagerIsAnError(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		for option, why := range map[string]string{
			"--slice=x":                 "there are no slices without a service manager",
			"--own-slice":               "there are no slices without a service manager",
			"-p Wants=x.service":        "needs a service manager, and this run has none",
			"-p ConditionPathExists=/x": "needs a service manager, and this run has none",
			"-p Delegate=yes":           "needs a service manager, and this run has none",
			"--job-mode=fail":           "there are no jobs without a service manager",
			"--collect=false":           "no service manager keeps what has failed",
			"-p IPAddressDeny=any":      "not in force: it needs a program that a service manager attaches",
			"--must-survive":            "no service manager",
			"--exec --runtime-max=1h":   "without a service manager gorun would stop the run",
		} {
			out := p.sh(t, "$G "+option+" touch ran; exit $?")
			if out.status != 125 || !strings.Contains(out.stderr, why) {
				t.Errorf("%s: status %d, printed %q", option, out.status, out.stderr)
			}
			if option == "--must-survive" {
				continue
			}
			if out := p.sh(t, "gorun --embedded --best-effort "+option+" true; exit $?"); out.status != 0 || strings.HasPrefix(option, "--exec") && !strings.Contains(out.stderr, why) {
				t.Errorf("%s with --best-effort: status %d, printed %q", option, out.status, out.stderr)
			}
		}
		if out := p.sh(t, "test -e ran"); out.status == 0 {
			t.Error("COMMAND was run")
		}
		p.ok(t, "$G true") // removes what the run with --exec has left
	})
}

func TestManagersAreExcluded(t *testing.T) {
	for _, other := range []string{"--user", "--system"} {
		out, err := exec.Command(bin+"/gorun", "--embedded", other, "true").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "cannot be used together with "+other) {
			t.Errorf("%s: %v, printed %q", other, err, out)
		}
	}
}

// A limit that cannot hold is an error: nothing is passed off as one.
func TestLimitThatCannotHoldIsAnError(t *testing.T) {
	p := places()[1]
	out := p.sh(t, "$G --memory-max=64M touch ran-limit; exit $?")
	if out.status != 125 || !strings.Contains(out.stderr, "--memory-max=64M: not in force: no cgroup can be made for the run") {
		t.Errorf("status %d, printed %q", out.status, out.stderr)
	}
	out = p.sh(t, "gorun --embedded --best-effort --memory-max=64M true; exit $?")
	if out.status != 0 || !strings.Contains(out.stderr, "not in force") {
		t.Errorf("with --best-effort: status %d, printed %q", out.status, out.stderr)
	}
}

// Where the controllers are there, of version 2 or 1 of cgroups, limits hold. The virtual machine
// has them; here it depends.
func TestLimitsHoldOrAreAnError(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, `$G --tasks-max=30 --report-json=report sh -c 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); sleep 2 & done' 2>/dev/null; exit $?`)
		if out.status == 125 {
			t.Skip("no pids controller that may be written to")
		}
		peak := p.ok(t, `sed -n 's/.*"tasks_peak": \([0-9]*\).*/\1/p' report`)
		if n, err := strconv.Atoi(peak); err == nil && n > 30 {
			t.Errorf("%d tasks ran", n)
		}
		if failed := p.ok(t, `grep -c '"forks_failed": [1-9]' report || true`); failed != "1" {
			t.Errorf("no fork failed: %s", p.ok(t, "cat report"))
		}
	})
}

// A niceness is set in a thread of its own, and groups of cgroup v1 have single threads.
func TestLimitHoldsForACommandWithANiceness(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		for option, controller := range map[string]string{"--tasks-max=30": "pids", "--memory-max=64M": "memory", "--cpu-quota=50%": "cpu"} {
			name := unique("nice")
			out := p.sh(t, "$G --nice=5 --unit="+name+" "+option+" grep "+name+" /proc/self/cgroup; exit $?")
			if out.status == 125 && strings.Contains(out.stderr, "not in force") {
				continue // no such controller that may be written to
			}
			if out.status != 0 || isVersion1(t, controller) && !hasVersion1(out.stdout, controller) {
				t.Errorf("%s: status %d, COMMAND was in %q: %s", option, out.status, out.stdout, out.stderr)
			}
		}
	})
}

// isVersion1 reports whether a controller belongs to cgroup v1 on this machine.
func isVersion1(t *testing.T, controller string) bool {
	t.Helper()
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	return hasVersion1(string(own), controller)
}

// hasVersion1 reports whether lines of /proc/PID/cgroup name a controller.
func hasVersion1(lines, controller string) bool {
	return regexp.MustCompile(`(?m)^\d+:([a-z,]+,)?` + controller + `[,:]`).MatchString(lines)
}

// gorun leaves the run when COMMAND has begun: of its ten threads one takes room, for a moment.
func TestLimitOnTasksIsForCommandAlone(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		out := p.sh(t, `$G --tasks-max=3 sh -c 'true & wait; echo $?'; exit $?`)
		if out.status == 125 && strings.Contains(out.stderr, "not in force") {
			t.Skip("no pids controller that may be written to")
		}
		if out.status != 0 || out.stdout != "0\n" {
			t.Errorf("status %d, printed %q, %q", out.status, out.stdout, out.stderr)
		}
	})
}

// A fork bomb within limits is ended, and nothing is left of it.
func TestForkBombIsEnded(t *testing.T) {
	inEach(t, func(t *testing.T, p place) {
		const bomb = `bomb() { bomb | bomb & }; (bomb) 2>/dev/null & `
		out := p.sh(t, `$G --tasks-max=50 --runtime-max=2s --stop-timeout=1s sh -c '`+bomb+`exec sleep 605' 2>/dev/null; exit $?`)
		if out.status == 125 {
			t.Skip("no pids controller that may be written to")
		}
		if out.status != 124 && out.status != 137 {
			t.Errorf("status %d", out.status)
		}
		p.nothingRuns(t, "sh -c bomb")
		p.sh(t, `$G --tasks-max=50 --runtime-max=500ms --stop-timeout=1s sh -c '`+bomb+`true' 2>/dev/null`)
		if p.name != "in a container" {
			p.nothingRuns(t, "sh -c bomb")
		}
	})
}
