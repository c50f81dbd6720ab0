package integration

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// stats is the part of package cgroup's Stats that is compared with the kernel's files.
type stats struct {
	CPUStat            *struct{ Throttling *struct{ Periods uint64 } }
	MemoryCurrentBytes *uint64
	MemoryPeakBytes    *uint64
	MemoryMaxBytes     *uint64
	PIDsPeak           *uint64
	PIDsMax            *uint64
	Events             *struct{ Populated bool }
	Controllers        []string
}

// buildFor builds a program of this repository that runs in guests.
func buildFor(t *testing.T, g *guest, program string) (path string) {
	t.Helper()
	name := filepath.Base(program)
	if err := g.Build(t.Context(), name, "go", "build", "-o", "OUT", program); err != nil {
		t.Fatal(err)
	}
	return "/usr/bin/" + name
}

func TestCgroupIsReadAsTheKernelShowsIt(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		cgstat := buildFor(t, g, "./guest/cgstat")
		const files = "cat memory.peak memory.max pids.max cgroup.controllers"
		out := g.login(t, "root").ok(`gorun -p MemoryMax=64M -p TasksMax=50 -p CPUQuota=50% sh -c '
			cd "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)"; ` + files + "; " + cgstat + "; " + files + "'")
		lines := strings.Split(out, "\n")
		if len(lines) != 9 {
			t.Fatalf("printed %q", out)
		}
		var s stats
		if err := json.Unmarshal([]byte(lines[4]), &s); err != nil {
			t.Fatal(err)
		}
		if s.CPUStat == nil || s.CPUStat.Throttling == nil || s.MemoryPeakBytes == nil || s.MemoryMaxBytes == nil ||
			s.MemoryCurrentBytes == nil || s.PIDsMax == nil || s.Events == nil {
			t.Fatalf("a field is missing: %s", lines[4])
		}
		var before, after uint64
		fmt.Sscan(lines[0], &before)
		fmt.Sscan(lines[5], &after)
		if peak := *s.MemoryPeakBytes; before == 0 || peak < before || peak > after {
			t.Errorf("memory.peak was read as %d, want between %d and %d", peak, before, after)
		}
		got := fmt.Sprintf("%d %d %v", *s.MemoryMaxBytes, *s.PIDsMax, s.Controllers)
		if want := fmt.Sprintf("%s %s %v", lines[1], lines[2], strings.Fields(lines[3])); got != want {
			t.Errorf("read %s, but the files have %s", got, want)
		}
		if *s.MemoryMaxBytes != 64<<20 || *s.PIDsMax != 50 || !s.Events.Populated {
			t.Errorf("got %s", lines[4])
		}
	})
}

// On a hybrid host with cgroup v1 and v2 a container has few controllers. On a pure v2
// host it has all.
func TestCgroupWithoutControllersIsNoError(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		cgstat := buildFor(t, g, "./guest/cgstat")
		s := g.login(t, "alice")
		var got stats
		if err := json.Unmarshal([]byte(s.ok("gorun "+cgstat)), &got); err != nil {
			t.Fatal(err)
		}
		memory := s.run(`gorun sh -c 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max"'`)
		if got.CPUStat == nil || got.Events == nil || (got.MemoryMaxBytes != nil) != (memory.Status == 0) {
			t.Errorf("got %+v, but reading memory.max exits with status %d", got, memory.Status)
		}
	})
}
