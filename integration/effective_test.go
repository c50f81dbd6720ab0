package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// extremes are the values at the ends of what properties accept, and their special values.
// The kernel shows the same under both launchers. Where that is not what was asked for,
// gorun refuses to start COMMAND.
var extremes = []struct {
	assignment, file string
	refused          string // why; empty if it is in force
}{
	{"CPUWeight=idle", "cpu.idle", ""},
	{"CPUWeight=10000", "cpu.weight", ""},
	{"CPUQuota=1000000%", "cpu.max", ""},
	{"CPUQuota=0.01%", "cpu.max", "in cpu.max"}, // the kernel's least is 1 ms in a period
	{"TasksMax=4194304", "pids.max", ""},
	{"TasksMax=4194305", "pids.max", ""},
	{"TasksMax=99.99%", "pids.max", ""},
	{"MemoryMax=8E", "memory.max", ""},
	{"MemorySwapMax=8E", "memory.swap.max", ""},
	{"MemoryZSwapMax=0", "memory.zswap.max", "this kernel has no memory.zswap.max"}, // Debian's has no zswap
	{"MemoryLow=infinity", "memory.low", "protects no memory"},
	{"MemoryMin=4096", "memory.min", "protects no memory"},
	{"IOWeight=10000", "io.weight", "scheduler"},
	{"AllowedCPUs=0-7", "cpuset.cpus.effective", ""},
	{"AllowedCPUs=500", "cpuset.cpus.effective", "in cpuset.cpus"},
	{"AllowedMemoryNodes=1", "cpuset.mems.effective", "in cpuset.mems"},
}

func TestExtremeValuesAreThoseOfTheKernel(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "root")
		for _, c := range extremes {
			out := s.run("gorun -q -p '" + c.assignment + "' " + own(c.file))
			if c.refused != "" {
				if out.Status != 125 || !strings.Contains(out.Stderr, c.refused) {
					t.Errorf("%s: status %d, printed %q and %q, want %q", c.assignment, out.Status, out.Stdout, out.Stderr, c.refused)
				}
				continue
			}
			want := s.ok("systemd-run --scope -q -p '" + c.assignment + "' " + own(c.file))
			if out.Status != 0 || strings.TrimSpace(out.Stdout) != want || out.Stderr != "" {
				t.Errorf("%s: status %d, printed %q and %q; under systemd-run the kernel shows %q", c.assignment, out.Status, out.Stdout, out.Stderr, want)
			}
		}
		s.nothingLeft("systemctl")
	})
}

func TestLimitsThatOthersOverruleAreNotInForce(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "root")
		s.ok(`systemctl set-property --runtime one.slice AllowedCPUs=1 MemoryMax=200M TasksMax=50 CPUQuota=50%; systemd-run -q --scope --slice=one sleep 600 >/dev/null 2>&1 &
			until grep -qs . /sys/fs/cgroup/one.slice/*.scope/cgroup.procs; do sleep 0.1; done`)
		defer s.ok("systemctl stop one.slice; rm -rf /run/systemd/system.control/one.slice.d /run/systemd/transient/one.slice.d; systemctl daemon-reload")
		for options, want := range map[string]string{
			"-p AllowedCPUs=0":   "error: -p AllowedCPUs=0: not in force: the kernel shows 1 in cpuset.cpus.effective",
			"-p AllowedCPUs=1":   "",
			"-p AllowedCPUs=0-1": "",
			"-p MemoryMax=1G":    "warning: MemoryMax=1G changes nothing: one.slice has 200M in memory.max, which is less\n",
			"-p MemoryMax=100M":  "",
			"-p TasksMax=100":    "warning: TasksMax=100 changes nothing: one.slice has 50 in pids.max, which is less\n",
			"-p CPUQuota=60%":    "warning: CPUQuota=60% changes nothing: one.slice has 50000 100000 in cpu.max, which is less\n",
			"-p CPUQuota=50%":    "",
			"-p MemoryLow=5M":    "", // against one.slice's own limit
			"-p CPUWeight=7":     "",
		} {
			out := s.run("gorun --slice=one " + options + " true")
			status := 0
			if strings.HasPrefix(want, "error") {
				status = 125
			}
			if want != "" {
				want = "gorun: " + want
			}
			if out.Status != status || !strings.HasPrefix(out.Stderr, want) || want == "" && out.Stderr != "" {
				t.Errorf("%s: status %d, printed %q", options, out.Status, out.Stderr)
			}
		}
		if out := s.run("gorun --slice=alone -p CPUWeight=7 true"); out.Status != 0 ||
			out.Stderr != "gorun: warning: CPUWeight=7 changes nothing: a weight counts among the units of one slice, and the scope is alone in alone.slice now\n" {
			t.Errorf("a weight without others: status %d, printed %q", out.Status, out.Stderr)
		}
		// With a scheduler that honours weights they are in force.
		if s.run("modprobe bfq 2>/dev/null; echo bfq >/sys/block/vda/queue/scheduler").Status == 0 {
			defer s.ok("echo none >/sys/block/vda/queue/scheduler")
			s.ok("gorun -q -p IOWeight=50 true")
		} else {
			t.Log("the kernel has no bfq")
		}
	})
}

// The panes of tmux are in scopes of their own.
func TestOwnSliceLimitsWhatLeavesTheScope(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun --own-slice --unit=work -p MemoryMax=60M -p MemorySwapMax=0 tmux new-session -d 'sleep 600' && tmux new-window 'tail /dev/zero'")
		s.waitFor("1", `gorun --status --json work | sed -n 's/.*"oom_kills": \(.*\),/\1/p'`)
		var list []struct {
			MemoryMax  int64 `json:"memory_max_bytes"`
			MemoryPeak int64 `json:"memory_peak_bytes"`
			OOMKills   int   `json:"oom_kills"`
			Elsewhere  *int  `json:"processes_elsewhere"`
		}
		text := s.ok("gorun --status --json work")
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 || list[0].MemoryMax != 60<<20 || list[0].MemoryPeak < 40<<20 || list[0].OOMKills != 1 || list[0].Elsewhere != nil {
			t.Errorf("%v: %s", err, text)
		}
		s.ok("tmux kill-server")
		s.waitFor("", "systemctl --user list-units --all --no-legend work.scope 'app-work*' 'tmux*'")
		s.nothingLeft("systemctl --user")
	})
}

func TestTimeLimitOfAnOwnSliceEndsWhatLeftTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok("gorun --own-slice --unit=work --runtime-max=4s tmux new-session -d 'trap : HUP; sleep 600; sleep 600; sleep 600' >/dev/null 2>&1")
		if got := s.ok("gorun --status work"); !strings.Contains(got, "sleep 600") || strings.Contains(got, "elsewhere") {
			t.Errorf("status: %s", got)
		}
		s.waitFor("", "systemctl --user list-units --all --no-legend work.scope 'app-work*' 'tmux*'; pgrep -x sleep || true")
		if s.run("tmux -V | grep -q ' 3[.][0-3]'").Status == 0 {
			t.Log("this tmux leaves its panes in the server's scope")
			return
		}
		// Without a slice of its own, the run says that the panes are elsewhere.
		out := s.run("gorun --unit=work --runtime-max=1h tmux new-session -d 'sleep 600'")
		if want := "gorun: warning: tmux 3.4 and later gives each pane a scope of its own, which has none of the limits\ngorun: hint: --own-slice puts"; out.Status != 0 || !strings.HasPrefix(out.Stderr, want) {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		s.waitFor("1", "gorun --status work | grep -c 'elsewhere   1 process that it started left for tmux-spawn-.*: limits and figures miss them'; true")
		s.ok("tmux kill-server")
		s.nothingLeft("systemctl --user")
	})
}

// A run within a run is in a scope of its own, beside the limits of the outer one.
func TestLimitsAroundARunAreWarnedOf(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		const why = "gorun: warning: gorun runs its command in a scope of its own, which has none of the limits\ngorun: hint: "
		for _, c := range []struct{ outer, inner, said string }{
			{"--runtime-max=1h", "", why + "give the limits to the inner gorun\n"},
			{"--runtime-max=1h --own-slice", "", why + "--slice-inherit keeps the inner gorun in the slice that has the limits\n"},
			{"--runtime-max=1h --own-slice", "--slice-inherit", ""}, // the hint's remedy
			{"-q --runtime-max=1h", "", ""},
			{"", "--runtime-max=1h", ""},
		} {
			out := s.run("gorun --unit=outer " + c.outer + " gorun " + c.inner + " grep ^0:: /proc/self/cgroup")
			if isInside := strings.Contains(out.Stdout, "app-outer"); out.Status != 0 || out.Stderr != c.said || isInside != (c.inner == "--slice-inherit") {
				t.Errorf("%+v: status %d, printed %q and %q", c, out.Status, out.Stdout, out.Stderr)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

// A run whose child has left for another scope says so at its end.
func TestReportCountsWhatLeftTheScope(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run("gorun --unit=left --runtime-max=1h --report-json=/tmp/left.json sh -c 'sleep 2; systemd-run --user --scope -q --unit=nested sleep 600 & sleep 4'; kill $(pgrep -x sleep)")
		if want := "gorun: warning: left.scope: 1 process that it started left for nested.scope: limits and figures miss them\n"; out.Stderr != want {
			t.Errorf("printed %q, want %q", out.Stderr, want)
		}
		if got := s.ok("grep -o '\"processes_elsewhere\": .*' /tmp/left.json"); got != `"processes_elsewhere": 1,` {
			t.Errorf("reported %s", got)
		}
	})
}

func TestReportSaysWhatWasRefused(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --unit=full --tasks-max=25 --report sh -c '` + forks(30) + `' 2>/tmp/full; grep -o '[0-9]* forks\? failed.*' /tmp/full`)
		lines := strings.Split(strings.TrimSpace(out.Stdout), "\n")
		if len(lines) != 2 || !strings.HasSuffix(lines[0], "failed: the task limit of 25 was reached") || !strings.Contains(s.ok("grep 'tasks peak' /tmp/full"), "25 of 25, and ") {
			t.Errorf("printed %q", s.ok("cat /tmp/full"))
		}
		// A slice's limit is named.
		root := g.login(t, "root")
		root.ok("systemctl set-property --runtime small.slice MemoryMax=60M MemorySwapMax=0")
		defer root.ok("systemctl stop small.slice; rm -rf /run/systemd/system.control/small.slice.d /run/systemd/transient/small.slice.d; systemctl daemon-reload")
		for range 2 { // the second run must not be taken for the first one's end
			out = root.run("gorun --slice=small --unit=within tail /dev/zero")
			if !strings.Contains(out.Stderr, "killed 1 process (memory limit 60M of small.slice, peak ") {
				t.Errorf("printed %q", out.Stderr)
			}
		}
	})
}

// RuntimeMaxSec runs on a clock that nobody sets.
func TestStatusIsRightAfterAClockJump(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		s.ok("gorun -b --unit=jumped --runtime-max=1h sleep 3000")
		for _, days := range []int{2, -12} {
			root.ok(fmt.Sprintf("date -s \"$(date -d '%d days' '+%%F %%T')\"", days))
			if got := s.ok("gorun --status jumped | grep '  state'"); !strings.Contains(got, " left of 1h") || strings.Contains(got, "d ") || strings.Contains(got, ", 0 left") || strings.Contains(got, "w ") {
				t.Errorf("%d days: %s", days, got)
			}
		}
		root.ok("date -s \"$(date -d '10 days' '+%F %T')\"")
		s.ok("systemctl --user stop jumped.scope")
		s.nothingLeft("systemctl --user")
	})
}

// The manager uses the controllers that it had at its start.
func TestControllersThatCameLateAreNamed(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s, root := g.login(t, "alice"), g.login(t, "root")
		const dir = "/etc/systemd/system/user@.service.d"
		root.ok("mkdir -p " + dir + `; printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >` + dir + "/late.conf; systemctl daemon-reload")
		defer root.ok("rm -r " + dir + "; systemctl daemon-reload")
		out := s.run("gorun -p AllowedCPUs=0 true")
		if want := "gorun: error: -p AllowedCPUs=0: not in force: the cpuset controller was delegated to the user manager after it had started\ngorun: hint: 'systemctl --user daemon-reexec'"; out.Status != 125 || !strings.HasPrefix(out.Stderr, want) {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if got := s.ok("gorun --doctor | grep -A1 ' controllers '"); !strings.Contains(got, "cpuset io: delegated by "+dir+"/late.conf") || !strings.Contains(got, "daemon-reexec") {
			t.Errorf("doctor: %s", got)
		}
		s.ok("systemctl --user daemon-reexec")
		s.waitFor("0", "gorun -p AllowedCPUs=0 "+own("cpuset.cpus.effective")+" 2>/dev/null || true")
		if got := s.ok("gorun --doctor | grep ' controllers '"); !strings.HasPrefix(got, "ok ") {
			t.Errorf("doctor, after that: %s", got)
		}
	})
}

func TestSwapBeyondTheMemoryLimitIsNamed(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		root, s := g.login(t, "root"), g.login(t, "alice")
		root.ok("dd if=/dev/zero of=/swap bs=1M count=128 status=none; chmod 600 /swap; mkswap -q /swap; swapon /swap")
		defer root.ok("swapoff /swap; rm /swap")
		const command = ` --unit=swapping -p MemoryMax=64M --report python3 -c 'b = bytearray(b"x") * (96 << 20)'`
		const hint = "MemoryMax does not limit swap, of which the machine has 128M"
		out := s.run("gorun" + command)
		if out.Status != 0 || strings.Count(out.Stderr, hint) != 1 || !strings.Contains(out.Stderr, "M, which the memory limit does not count\n") {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		for option, status := range map[string]int{"-q": 0, "-p MemorySwapMax=0": 137} {
			if out := s.run(`sh -c '"$@"; exit $?' - gorun ` + option + command); out.Status != status || strings.Contains(out.Stderr, "limit swap") {
				t.Errorf("%s: status %d, printed %q", option, out.Status, out.Stderr)
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

// For a limit that is set later the kernel kills COMMAND. If its memory is not free soon, the
// kernel kills gorun as well, and then nobody claims to know the end.
func TestLimitBelowWhatARunUsesIsAnOOMKill(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		for range 3 {
			out := s.run(`sh -c '"$@"; exit $?' - gorun --unit=squeezed python3 -c 'import time; b = bytearray(b"x") * (64 << 20); open("/tmp/full", "w"); time.sleep(600)' & run=$!
				until [ -e /tmp/full ]; do sleep 0.1; done; rm /tmp/full
				systemctl --user set-property --runtime squeezed.scope MemorySwapMax=0 MemoryMax=16M; wait $run`)
			if out.Status != 137 {
				t.Errorf("status %d, printed %q", out.Status, out.Stderr)
			}
			if strings.Contains(out.Stderr, "the kernel's OOM killer killed 1 process (memory limit 16M, peak ") {
				s.awaitEnd("squeezed", "ended - oom-kill - SIGKILL")
			} else {
				s.waitFor("1", "gorun --status squeezed | grep -c 'exit status unknown (no journal record); the OOM killer killed'; true")
			}
		}
		s.nothingLeft("systemctl --user")
	})
}

// The manager does not know how COMMAND ended: it starts OnSuccess= for a failure, too.
func TestUnitsForTheEndAreStartedAsTheWarningSays(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		s.ok(`mkdir -p ~/.config/systemd/user && for n in good bad; do printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /tmp/end-%%N\n' >~/.config/systemd/user/$n.service; done; systemctl --user daemon-reload`)
		defer s.ok("rm ~/.config/systemd/user/good.service ~/.config/systemd/user/bad.service; systemctl --user daemon-reload")
		for _, c := range []struct{ run, started string }{
			{"false", "/tmp/end-good"},
			{"--runtime-max=3s sleep 60", "/tmp/end-bad"},
		} {
			out := s.run("gorun -p OnFailure=bad.service -p OnSuccess=good.service " + c.run)
			for _, want := range []string{"OnFailure=bad.service: a scope fails at its time limit", "OnSuccess=good.service: a scope also ends well if the command fails"} {
				if !strings.Contains(out.Stderr, want) {
					t.Errorf("%s: printed %q, want %q", c.run, out.Stderr, want)
				}
			}
			s.waitFor(c.started, "ls /tmp/end-* 2>/dev/null || true")
			s.ok("rm " + c.started)
		}
		s.nothingLeft("systemctl --user")
	})
}
