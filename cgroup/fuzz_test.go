package cgroup

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// seed adds the files in testdata that match pattern, and the texts, to a fuzz target.
func seed(f *testing.F, pattern string, texts ...string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatalf("no file matches %s: %v", pattern, err)
	}
	for _, file := range files {
		f.Add(testdata(f, strings.TrimPrefix(file, "testdata/")))
	}
	for _, text := range texts {
		f.Add([]byte(text))
	}
}

// same fails the test unless text parses to want.
func same[T any](t *testing.T, parse func([]byte) (T, error), text string, want T) {
	t.Helper()
	got, err := parse([]byte(text))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q parses to %+v, %v, want %+v", text, got, err, want)
	}
}

func FuzzParseProcCgroup(f *testing.F) {
	seed(f, "proc/cgroup-*", "0::/x (deleted)\n", "0::", "1:a:/\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		path, err := parseProcCgroup(data)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "\n") {
			t.Errorf("path %q", path)
		}
		if !bytes.Contains(data, []byte("0::"+path)) {
			t.Errorf("path %q is not in the file", path)
		}
		same(t, parseProcCgroup, "1:cpu:/\n0::"+path+"\n", path)
	})
}

func FuzzParseMounts(f *testing.F) {
	seed(f, "proc/mountinfo-*", `9 8 0:27 /a\040b /m\011n\134 rw - cgroup2 none rw`)
	f.Fuzz(func(t *testing.T, data []byte) {
		mounts, err := parseMounts(data)
		if err != nil {
			return
		}
		points := map[string]bool{}
		for _, m := range mounts {
			if !strings.HasPrefix(m.root, "/") || !strings.HasPrefix(m.point, "/") || points[m.point] {
				t.Errorf("mount %q among %q", m, mounts)
			}
			points[m.point] = true
			if below, ok := relative(m.root, m.root); !ok || strings.Trim(below, "/") != "" {
				t.Errorf("root %q is %q below itself, %v", m.root, below, ok)
			}
		}
	})
}

func FuzzRelative(f *testing.F) {
	f.Add("/", "/a/b")
	f.Add("/../..", "/../../a")
	f.Add("/a", "/a/../../b")
	f.Fuzz(func(t *testing.T, root, path string) {
		below, ok := relative(root, path)
		if !ok {
			return
		}
		if dir := filepath.Join("/m", below); dir != "/m" && !strings.HasPrefix(dir, "/m/") {
			t.Errorf("%q below %q is %s, outside of the mount", path, root, dir)
		}
		if !strings.HasSuffix(path, below) {
			t.Errorf("%q below %q is %q", path, root, below)
		}
	})
}

func FuzzParseCPUStat(f *testing.F) {
	seed(f, "*/cpu.stat", "usage_usec 9223372036854775807\nuser_usec 18446744073709551615\nsystem_usec 0\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		stat, err := parseCPUStat(data)
		if err == nil && (stat.Usage < 0 || stat.User < 0 || stat.System < 0) {
			t.Errorf("negative time: %+v", stat)
		}
		if stat.Throttling != nil && stat.Throttling.Throttled < 0 {
			t.Errorf("negative time: %+v", stat.Throttling)
		}
	})
}

func FuzzParseMemoryEvents(f *testing.F) {
	seed(f, "scope/memory.events*", "oom_kill 1\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := parseMemoryEvents(data)
		if err != nil {
			return
		}
		text := fmt.Sprintf("low %d\nhigh %d\nmax %d\noom %d\noom_kill %d\noom_group_kill %d\n",
			e.Low, e.High, e.Max, e.OOM, e.OOMKill, e.OOMGroupKill)
		same(t, parseMemoryEvents, text, e)
	})
}

func FuzzParseIOStat(f *testing.F) {
	seed(f, "scope/io.stat")
	seed(f, "io/*")
	f.Fuzz(func(t *testing.T, data []byte) {
		stat, err := parseIOStat(data)
		if err != nil {
			return
		}
		var text strings.Builder
		for _, d := range stat.Devices {
			fmt.Fprintf(&text, "%d:%d rbytes=%d wbytes=%d rios=%d wios=%d dbytes=%d dios=%d\n", d.Major, d.Minor,
				d.ReadBytes, d.WriteBytes, d.ReadOperations, d.WriteOperations, d.DiscardBytes, d.DiscardOperations)
		}
		same(t, parseIOStat, text.String(), stat)
	})
}

func FuzzParsePressure(f *testing.F) {
	seed(f, "*/*.pressure", "some avg10=1e309 avg60=-0 avg300=0x1p-2 total=18446744073709551615\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		pressure, err := parsePressure(data)
		if err != nil {
			return
		}
		for _, stall := range []*Stall{&pressure.Some, pressure.Full} {
			if stall != nil && !plausible(*stall) {
				t.Errorf("got %+v", *stall)
			}
		}
	})
}

func plausible(s Stall) bool {
	for _, avg := range []float64{s.Avg10Percent, s.Avg60Percent, s.Avg300Percent} {
		if !(avg >= 0 && avg <= math.MaxFloat64) {
			return false
		}
	}
	return s.Total >= 0
}

func FuzzParseEvents(f *testing.F) {
	seed(f, "*/cgroup.events", "populated 1\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		if events, err := parseEvents(data); err == nil {
			bit := map[bool]int{true: 1}
			text := fmt.Sprintf("populated %d\nfrozen %d\n", bit[events.Populated], bit[events.Frozen])
			same(t, parseEvents, text, events)
		}
	})
}

func FuzzParseControllers(f *testing.F) {
	seed(f, "*/cgroup.controllers", "\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parseControllers(data)
		if err != nil || list == nil {
			t.Fatalf("got %#v, %v", list, err)
		}
		same(t, parseControllers, strings.Join(list, " ")+"\n", list)
	})
}

func FuzzParseCount(f *testing.F) {
	seed(f, "scope/memory.current", "18446744073709551615\n", "007")
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := parseCount(data); err == nil {
			same(t, parseCount, fmt.Sprintln(n), n)
		}
	})
}

func FuzzParseLimit(f *testing.F) {
	seed(f, "scope/*.max", "0\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		if limit, err := parseLimit(data); err == nil {
			same(t, parseLimit, fmt.Sprintln(limit), limit)
		}
	})
}

func FuzzParseProcs(f *testing.F) {
	seed(f, "*/cgroup.procs", "0\n1\n2147483647\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		pids, err := parseProcs(data)
		for _, pid := range pids {
			if pid <= 0 {
				t.Errorf("PID %d, %v", pid, err)
			}
		}
	})
}

func FuzzParsePIDsEvents(f *testing.F) {
	f.Add([]byte("max 3\n"))
	f.Add([]byte("max 18446744073709551615\nother 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if events, err := parsePIDsEvents(data); err == nil {
			same(t, parsePIDsEvents, fmt.Sprintf("max %d\n", events.Max), events)
		}
	})
}
