package integration

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// reported is what tests read of a JSON report.
type reported struct {
	Outcome    string   `json:"outcome"`
	OOMKills   *int     `json:"oom_kills"`
	CPU        *float64 `json:"cpu_seconds"`
	MemoryPeak *int64   `json:"memory_peak_bytes"`
	IORead     *int64   `json:"io_read_bytes"`
	TasksPeak  *int     `json:"tasks_peak"`
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

func TestOOMKillIsToldUnderEachPolicy(t *testing.T) {
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const limited = "gorun --unit=oom --memory-max=48M -p MemorySwapMax=0 --report-json=/tmp/oom.json "
		const killed = `^gorun: warning: oom\.scope: the kernel's OOM killer killed 1 process \(memory limit 48M, peak 4[78](\.\d)?M\)`
		const name = `: tail \(process \d+\)\n$`
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			s := g.login(t, user)
			// Only root reads in the kernel's log which one it was.
			child := map[string]string{"alice": `\n$`, "root": name}[user]
			for _, c := range []struct {
				command       string
				status, kills int
				outcome, line string
			}{
				{"tail /dev/zero", 137, 1, "oom-kill", killed + name},
				{"sh -c 'tail /dev/zero; exit 5'", 5, 1, "exited", killed + child},
				{"--oom-policy=stop tail /dev/zero", 137, 1, "oom-kill", killed + name},
				{"--oom-policy=stop sh -c 'tail /dev/zero; exec sleep 60'", 143, 1, "oom-kill", killed + child},
				{"--oom-policy=kill sh -c 'tail /dev/zero; exec sleep 60'", 137, 0, "", "^$"},
			} {
				out := s.run("sh -c '\"$@\"; exit $?' - " + limited + c.command)
				stderr := regexp.MustCompile(`(?m)^(Killed|Terminated)\n`).ReplaceAllString(out.Stderr, "")
				if out.Status != c.status || !regexp.MustCompile(c.line).MatchString(stderr) {
					t.Errorf("%s, %s: status %d, printed %q", user, c.command, out.Status, out.Stderr)
				}
				if c.outcome == "" {
					s.ok("test ! -e /tmp/oom.json") // gorun was killed as well
				} else if r := s.readReport("/tmp/oom.json"); r.Outcome != c.outcome || r.OOMKills == nil || *r.OOMKills != c.kills {
					t.Errorf("%s, %s: reported %+v", user, c.command, r)
				}
			}
			s.nothingLeft(systemctl)
		}
	})
}

// What the report says has to be what others say of the same.
func TestReportAgreesWithTheCgroupAndWithTime(t *testing.T) {
	const work = `
import time
b = bytearray(200 << 20)
for i in range(0, len(b), 4096): b[i] = 1
t = time.process_time()
while time.process_time() - t < 3: pass`
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		out := s.run(`gorun --unit=measured --tasks-max=100 --report --report-json=/tmp/measured.json sh -c '/usr/bin/time -f "%M %U %S" python3 -c "$0"
			cd /sys/fs/cgroup/$(cut -d: -f3 /proc/self/cgroup); cat memory.peak; grep usage_usec cpu.stat; cat pids.peak || echo 0' '` + work + `'`)
		if out.Status != 0 {
			t.Fatalf("status %d, printed %q and %q", out.Status, out.Stdout, out.Stderr)
		}
		var rss, peak, usec, tasks int64
		var user, system float64
		if _, err := fmt.Sscanf(out.Stdout, "%d\nusage_usec %d\n%d", &peak, &usec, &tasks); err != nil {
			t.Fatalf("printed %q: %v", out.Stdout, err)
		}
		times, report, _ := strings.Cut(out.Stderr, "\n")
		if _, err := fmt.Sscan(times, &rss, &user, &system); err != nil {
			t.Fatalf("printed %q: %v", out.Stderr, err)
		}
		r := s.readReport("/tmp/measured.json")
		if r.MemoryPeak == nil || r.CPU == nil || r.TasksPeak == nil && tasks > 0 {
			t.Fatalf("reported %+v", r)
		}
		for what, c := range map[string]struct{ got, want float64 }{
			"peak, by memory.peak": {float64(*r.MemoryPeak), float64(peak)},
			"peak, by time":        {float64(*r.MemoryPeak), float64(rss * 1024)},
			"CPU, by cpu.stat":     {*r.CPU, float64(usec) / 1e6},
			"CPU, by time":         {*r.CPU, user + system},
		} {
			t.Logf("%s: %v, others say %v", what, c.got, c.want)
			if c.got < 0.95*c.want || c.got > 1.05*c.want {
				t.Errorf("%s: %v, want %v", what, c.got, c.want)
			}
		}
		if r.IORead != nil { // a user's manager has no such controller
			t.Errorf("io_read_bytes is %d, want null", *r.IORead)
		}
		t.Log(report)
	})
}

// The record is sent when there is no room for another thread.
func TestRecordIsWrittenWhereNoTaskIsLeft(t *testing.T) {
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
		out := s.run("gorun --unit=crowded --tasks-max=40 --report-json=/tmp/crowded.json python3 -c '" + fill + "'")
		if out.Status != 7 || out.Stderr != "" {
			t.Errorf("status %d, printed %q", out.Status, out.Stderr)
		}
		if r := s.readReport("/tmp/crowded.json"); r.TasksPeak != nil && *r.TasksPeak != 40 {
			t.Errorf("the most tasks were %d", *r.TasksPeak)
		}
		s.ok("systemctl --user stop crowded.scope")
		s.waitFor("1", "journalctl --user -q -o cat -u crowded.scope MESSAGE_ID="+recordID+" | grep -c 'python3 exited with status 7'; true")
		s.nothingLeft("systemctl --user")
	})
}
