package integration

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// reported is the part of a JSON report that the tests need.
type reported struct {
	Outcome    string   `json:"outcome"`
	OOMKills   *int     `json:"oom_kills"`
	CPU        *float64 `json:"cpu_seconds"`
	MemoryPeak *int64   `json:"memory_peak_bytes"`
	IORead     *int64   `json:"io_read_bytes"`
	SwapPeak   *int64   `json:"swap_peak_bytes"`
	TasksPeak  *int64   `json:"tasks_peak"`
}

// readReport reads the JSON report in a file, and removes it.
func (s *session) readReport(file string) reported {
	s.t.Helper()
	var r reported
	text := s.ok("cat " + file + "; rm " + file)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return r
}

// lateTail is a tail(1) that starts when gorun has finished its work after COMMAND's
// start and has no open connection. On a very slow machine the kernel gives up on the
// memory of a killed process. It then kills the next process that needs memory, which
// must not be gorun here.
const lateTail = `#!/bin/sh
pid=$PPID
[ "$(cat /proc/$pid/comm)" = gorun ] || pid=$(ps -o ppid= -p $pid | tr -d " ")
while ls -l /proc/$pid/fd 2>/dev/null | grep -q socket: || cat /proc/$pid/task/*/stat | grep -qv ") S"; do :; done
exec /usr/bin/tail "$@"
`

func TestOOMKillIsReportedUnderEachPolicy(t *testing.T) {
	essential(t)
	deeper(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const limited = "gorun --unit=oom --memory-max=48M -p MemorySwapMax=0 --report-json=/tmp/oom.json "
		const killed = `^gorun: warning: oom\.scope: the kernel's OOM killer killed 1 process \(memory limit 48M, peak 4[78](\.\d)?M\)`
		const name = `: tail \(process \d+\)\n$`
		if err := g.login(t, "root").Upload(t.Context(), []byte(lateTail), "/usr/local/bin/tail", "755"); err != nil {
			t.Fatal(err)
		}
		defer g.login(t, "root").ok("rm /usr/local/bin/tail")
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			if user == "root" && testing.Short() {
				continue
			}
			s := g.login(t, user)
			// Only root can read in the kernel's log which process it was.
			child := map[string]string{"alice": `\n$`, "root": name}[user]
			for _, c := range []struct {
				command       string
				status, kills int
				outcome, line string
			}{
				{"tail /dev/zero", 137, 1, "oom-kill", killed + name},
				{"sh -c 'tail /dev/zero; exit 5'", 5, 1, "exited", killed + child},
				// When the manager stops the scope, the process may not be known yet.
				{"--oom-policy=stop tail /dev/zero", 137, 1, "oom-kill", killed + `(: tail \(process \d+\))?\n$`},
				{"--oom-policy=stop sh -c 'tail /dev/zero; exec sleep 60'", 143, 1, "oom-kill", killed + child},
				{"--oom-policy=kill sh -c 'tail /dev/zero; exec sleep 60'", 137, 0, "", "^$"},
			} {
				if strings.Contains(c.command, "policy") && testing.Short() {
					continue
				}
				out := s.run("sh -c '\"$@\"; exit $?' - " + limited + c.command)
				stderr := regexp.MustCompile(`(?m)^(Killed|Terminated)\n`).ReplaceAllString(out.Stderr, "")
				if out.Status != c.status || !regexp.MustCompile(c.line).MatchString(stderr) {
					t.Errorf("%s, %s: status %d, printed %q", user, c.command, out.Status, out.Stderr)
				}
				r := s.readReport("/tmp/oom.json")
				unfinished := c.outcome == "" && r.OOMKills == nil // gorun was killed as well
				if r.Outcome != c.outcome || !unfinished && (r.OOMKills == nil || *r.OOMKills != c.kills) {
					t.Errorf("%s, %s: reported %+v", user, c.command, r)
				}
			}
			s.nothingLeft(systemctl)
		}
	})
}

func TestReportsMemoryAgreesWithKernelAndTime(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --unit=measured --tasks-max=100 --report-json=/tmp/measured.json sh -c '/usr/bin/time -f %M python3 -c "b = bytearray(b\"x\") * (200 << 20)" 2>&1
			cd /sys/fs/cgroup/$(sed -n s/^0:://p /proc/self/cgroup); for f in memory.peak memory.swap.peak pids.peak; do cat $f || echo -1; done' 2>/dev/null`)
		var kilobytes, peak, swap, tasks int64
		if _, err := fmt.Sscan(out.Stdout, &kilobytes, &peak, &swap, &tasks); err != nil {
			t.Fatalf("printed %q and %q: %v", out.Stdout, out.Stderr, err)
		}
		r := s.readReport("/tmp/measured.json")
		if r.MemoryPeak == nil || orAbsent(r.SwapPeak) != swap || orAbsent(r.TasksPeak) != tasks {
			t.Fatalf("reported %+v; the kernel says %q", r, out.Stdout)
		}
		agree(t, "peak, by memory.peak", float64(*r.MemoryPeak), float64(peak))
		agree(t, "peak, by time", float64(*r.MemoryPeak), float64(kilobytes*1024))
		if r.IORead != nil { // a user's manager has no such controller
			t.Errorf("io_read_bytes is %d, want null", *r.IORead)
		}
	})
}

func TestReportsCPUTimeAgreesWithKernelAndTime(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --report-json=/tmp/measured.json sh -c '/usr/bin/time -f "%U %S" python3 -c "
import time
while time.process_time() < 3: pass" 2>&1
			cat /sys/fs/cgroup/$(sed -n s/^0:://p /proc/self/cgroup)/cpu.stat'`)
		var user, system, usec float64
		if _, err := fmt.Sscanf(out.Stdout, "%f %f\nusage_usec %f", &user, &system, &usec); err != nil {
			t.Fatalf("printed %q and %q: %v", out.Stdout, out.Stderr, err)
		}
		r := s.readReport("/tmp/measured.json")
		if r.CPU == nil {
			t.Fatalf("reported %+v", r)
		}
		agree(t, "CPU, by cpu.stat", *r.CPU, usec/1e6)
		agree(t, "CPU, by time", *r.CPU, user+system)
	})
}

// orAbsent is -1 for null.
func orAbsent(n *int64) int64 {
	if n == nil {
		return -1
	}
	return *n
}

// agree makes sure that a figure is within five per cent of another.
func agree(t *testing.T, what string, got, want float64) {
	t.Helper()
	t.Logf("%s: got %v, want about %v", what, got, want)
	if got < 0.95*want || got > 1.05*want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// gorun has to send the record without starting another thread.
func TestRecordIsWrittenWhenTheTaskLimitIsReached(t *testing.T) {
	long(t)
	const fill = `
import os, sys, time
try:
    while True:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
except OSError: pass
os._exit(7)`
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		// Leftover processes must not keep ssh's standard output open.
		out := s.run("gorun --unit=crowded --tasks-max=40 --report-json=/tmp/crowded.json python3 -c '" + fill + "' >/dev/null 2>/tmp/crowded; s=$?; cat /tmp/crowded; exit $s")
		if out.Status != 7 || !strings.HasSuffix(out.Stdout, " failed: the task limit of 40 was reached\n") || strings.Count(out.Stdout, "\n") != 1 {
			t.Errorf("status %d, printed %q", out.Status, out.Stdout)
		}
		if r := s.readReport("/tmp/crowded.json"); r.TasksPeak != nil && *r.TasksPeak != 40 {
			t.Errorf("the most tasks were %d", *r.TasksPeak)
		}
		s.ok("systemctl --user stop crowded.scope")
		s.waitFor("1", "journalctl --user -q -o cat -u crowded.scope MESSAGE_ID="+recordID+" | grep -c 'python3 exited with status 7'; true")
		s.nothingLeft("systemctl --user")
	})
}

// systemd-oomd kills all processes of a scope, also gorun. The caller sees gorun killed,
// and the manager knows why. systemd-oomd acts only if the kernel finds something to
// reclaim, so the command reads files.
func TestStatusReportsAKillBySystemdOomd(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "root")
		s.ok("mkdir -p /etc/systemd/oomd.conf.d; printf '[OOM]\nDefaultMemoryPressureDurationSec=1s\n' >/etc/systemd/oomd.conf.d/test.conf; systemctl restart systemd-oomd")
		defer s.ok("rm /etc/systemd/oomd.conf.d/test.conf; systemctl stop systemd-oomd systemd-oomd.socket")
		out := s.run(`sh -c '"$@"; exit $?' - timeout -s INT 120 gorun --unit=pressed -p MemoryHigh=24M -p MemorySwapMax=0 \
			-p ManagedOOMMemoryPressure=kill -p ManagedOOMMemoryPressureLimit=1% sh -c 'tail /dev/zero & while :; do cat /usr/bin/* >/dev/null; done'`)
		if out.Status != 137 {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		s.awaitEnd("pressed", "ended oom-kill - - -")
		s.nothingLeft("systemctl")
	})
}
