package cgroup

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestReadStatsOfAFullGroup(t *testing.T) {
	got, err := Group{Dir: "testdata/scope"}.ReadStats()
	if err != nil {
		t.Fatal(err)
	}
	want := Stats{
		CPUStat: &CPUStat{Usage: 368134608 * usec, User: 169241364 * usec, System: 198893244 * usec,
			Throttling: &CPUThrottling{Periods: 120, ThrottledPeriods: 9, Throttled: 412873 * usec}},
		CPUPressure: &Pressure{
			Some: Stall{0.72, 1.37, 2.87, 30764532 * usec}, Full: &Stall{0, 0.25, 0.5, 1204 * usec}},
		MemoryCurrentBytes:     ptr[uint64](412958720),
		MemoryPeakBytes:        ptr[uint64](1073741824),
		MemoryMaxBytes:         ptr[Limit](1073741824),
		MemorySwapCurrentBytes: ptr[uint64](8192),
		MemorySwapPeakBytes:    ptr[uint64](73728),
		MemoryEvents:           &MemoryEvents{High: 11, Max: 1804, OOM: 2, OOMKill: 1},
		MemoryEventsLocal:      &MemoryEvents{High: 11, Max: 1804, OOM: 1},
		MemoryPressure: &Pressure{
			Some: Stall{12.31, 4.05, 0.96, 2914077 * usec}, Full: &Stall{11.98, 3.87, 0.91, 2801113 * usec}},
		IOStat: &IOStat{
			Total: IOCounters{91889664, 613781504, 9142, 1605, 50331648, 3021},
			Devices: []IODevice{
				{8, 16, IOCounters{1459200, 314773504, 192, 353, 0, 0}},
				{8, 0, IOCounters{90430464, 299008000, 8950, 1252, 50331648, 3021}},
			},
		},
		IOPressure: &Pressure{
			Some: Stall{2.75, 1.19, 1.09, 12308465 * usec}, Full: &Stall{2.59, 1.02, 0.87, 10162249 * usec}},
		PIDsCurrent: ptr[uint64](17),
		PIDsPeak:    ptr[uint64](64),
		PIDsMax:     ptr(Max),
		PIDsEvents:  &PIDsEvents{Max: 3},
		Events:      &Events{Populated: true},
		Controllers: []string{"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"},
	}
	for i := range reflect.ValueOf(want).NumField() {
		got, want := reflect.ValueOf(got).Field(i).Interface(), reflect.ValueOf(want).Field(i).Interface()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, want %+v", reflect.TypeFor[Stats]().Field(i).Name, got, want)
		}
	}
}

// call calls the group's method with the name of a field of Stats.
func call(g Group, name string) (value any, err error) {
	result := reflect.ValueOf(g).MethodByName(name).Call(nil)
	err, _ = result[1].Interface().(error)
	return result[0].Interface(), err
}

func TestEachFieldEqualsWhatItsMethodReads(t *testing.T) {
	for _, dir := range []string{"testdata/scope", "testdata/hybrid-child", "testdata/hybrid-root"} {
		g := Group{Dir: dir}
		stats, err := g.ReadStats()
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range reflect.VisibleFields(reflect.TypeFor[Stats]()) {
			want := reflect.ValueOf(stats).FieldByIndex(field.Index).Interface()
			got, err := call(g, field.Name)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s() is %+v, %v, want %+v", dir, field.Name, got, err, want)
			}
		}
	}
}

func TestAbsentFilesAreNil(t *testing.T) {
	g := fake(t, nil)
	stats, err := g.ReadStats()
	if err != nil || !reflect.DeepEqual(stats, Stats{}) {
		t.Errorf("ReadStats of an empty group: %+v, %v", stats, err)
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Stats]()) {
		if value, err := call(g, field.Name); err != nil || !reflect.ValueOf(value).IsNil() {
			t.Errorf("%s of an empty group: %v, %v", field.Name, value, err)
		}
	}
}

func TestNoControllersIsEmptyNotNil(t *testing.T) {
	g := fake(t, map[string]string{"cgroup.controllers": "\n"})
	if list, err := g.Controllers(); err != nil || list == nil || len(list) != 0 {
		t.Errorf("got %#v, %v, want an empty list", list, err)
	}
}

func TestBadFilesAreReportedAndTheOthersRead(t *testing.T) {
	g := fake(t, map[string]string{
		"memory.events":  "low 0\noom_kill x\n",
		"memory.current": "4096\n",
		"pids.max":       "many\n",
		"pids.current":   "3\n",
	})
	stats, err := g.ReadStats()
	for _, part := range []string{
		g.Dir + `/memory.events: line 2 "oom_kill x"`,
		g.Dir + `/pids.max: line 1 "many"`,
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error is %v, want one with %q", err, part)
		}
	}
	want := Stats{MemoryCurrentBytes: ptr[uint64](4096), PIDsCurrent: ptr[uint64](3)}
	if !reflect.DeepEqual(stats, want) {
		t.Errorf("got %+v, want %+v", stats, want)
	}
}

func TestFileWithoutReadPermissionIsAnError(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	g := fake(t, map[string]string{"memory.current": "4096\n"})
	if err := os.Chmod(g.Dir+"/memory.current", 0); err != nil {
		t.Fatal(err)
	}
	if n, err := g.MemoryCurrentBytes(); !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v, %v", n, err)
	}
}

// The buffer must not leak from one file into the next.
func TestShortFileIsReadRightAfterALongOne(t *testing.T) {
	g := fake(t, map[string]string{"memory.current": "123456789\n", "memory.peak": "7\n"})
	stats, err := g.ReadStats()
	if err != nil || *stats.MemoryCurrentBytes != 123456789 || *stats.MemoryPeakBytes != 7 {
		t.Errorf("got %+v, %v", stats, err)
	}
}

func TestFilesLargerThanTheBufferAreReadWhole(t *testing.T) {
	const line = "8:16 rbytes=1 wbytes=31477350 rios=192 wios=353 dbytes=0 dios=0\n"
	perBuffer := fileSize / len(line)
	if perBuffer*len(line) != fileSize {
		t.Fatalf("lines of %d bytes do not fill the buffer exactly", len(line))
	}
	for _, lines := range []int{perBuffer, perBuffer + 1, 10 * perBuffer} {
		text := strings.Repeat(line, lines)
		g := fake(t, map[string]string{"io.stat": text, "memory.events": "oom_kill 3\n"})
		stat, err := g.IOStat()
		if err != nil {
			t.Fatal(err)
		}
		if len(stat.Devices) != lines || stat.Total.ReadBytes != uint64(lines) {
			t.Errorf("%d bytes: got %d devices and %d bytes read, want %d", len(text), len(stat.Devices), stat.Total.ReadBytes, lines)
		}
	}
}

func BenchmarkReadStats(b *testing.B) {
	g, err := Of(0)
	if err != nil {
		b.Skip(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.ReadStats(); err != nil {
			b.Fatal(err)
		}
	}
}
