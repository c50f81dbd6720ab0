package cgroup

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// parserTest has the expected result for a file in testdata, or for text.
type parserTest[T any] struct {
	name string
	file string
	text string
	want T
	err  string // part of the error; empty for none
}

func testParser[T any](t *testing.T, parse func([]byte) (T, error), tests []parserTest[T]) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(tt.text)
			if tt.file != "" {
				data = testdata(t, tt.file)
			}
			got, err := parse(data)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error is %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

const usec = time.Microsecond

func TestParseCPUStat(t *testing.T) {
	testParser(t, parseCPUStat, []parserTest[CPUStat]{
		{name: "no controller", file: "hybrid-child/cpu.stat",
			want: CPUStat{Usage: 25247 * usec, User: 18935 * usec, System: 6311 * usec}},
		{name: "controller", file: "scope/cpu.stat", want: CPUStat{
			Usage: 368134608 * usec, User: 169241364 * usec, System: 198893244 * usec,
			Throttling: &CPUThrottling{Periods: 120, ThrottledPeriods: 9, Throttled: 412873 * usec},
		}},
		{name: "controller, never throttled", text: "usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 0\n",
			want: CPUStat{Usage: usec, User: usec, Throttling: &CPUThrottling{}}},
		{name: "longer than a Duration", text: "usage_usec 9223372036854776\nuser_usec 18446744073709551615\nsystem_usec 9223372036854775\n",
			want: CPUStat{Usage: math.MaxInt64, User: math.MaxInt64, System: 9223372036854775 * usec}},
		{name: "unknown key with words", text: "usage_usec 1\nuser_usec 1\nsystem_usec 0\nmood rather good\n",
			want: CPUStat{Usage: usec, User: usec}},
		{name: "empty", text: "", err: "no line begins with usage_usec"},
		{name: "no number", text: "usage_usec 1\nuser_usec x\n", err: `line 2 "user_usec x": want a number`},
		{name: "negative", text: "usage_usec -1\n", err: `line 1 "usage_usec -1": want a number`},
		{name: "too large", text: "usage_usec 18446744073709551616\n", err: "out of range"},
		{name: "no value", text: "usage_usec\n", err: "want KEY VALUE"},
		{name: "two values", text: "usage_usec 1 2\n", err: "want a number"},
	})
}

func TestParseMemoryEvents(t *testing.T) {
	testParser(t, parseMemoryEvents, []parserTest[MemoryEvents]{
		{name: "all", file: "scope/memory.events", want: MemoryEvents{High: 11, Max: 1804, OOM: 2, OOMKill: 1}},
		{name: "each in its place", text: "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
			want: MemoryEvents{Low: 1, High: 2, Max: 3, OOM: 4, OOMKill: 5, OOMGroupKill: 6}},
		{name: "before Linux 5.17", text: "low 0\nhigh 0\nmax 0\noom 0\noom_kill 7\n", want: MemoryEvents{OOMKill: 7}},
		{name: "no oom_kill", text: "low 0\nhigh 0\n", err: "no line begins with oom_kill"},
		{name: "max is no number", text: "oom_kill max\n", err: `line 1 "oom_kill max"`},
	})
}

func TestParseIOStat(t *testing.T) {
	sdb := IOCounters{ReadBytes: 1459200, WriteBytes: 314773504, ReadOperations: 192, WriteOperations: 353}
	sda := IOCounters{ReadBytes: 90430464, WriteBytes: 299008000, ReadOperations: 8950, WriteOperations: 1252,
		DiscardBytes: 50331648, DiscardOperations: 3021}
	small := IOCounters{ReadBytes: 4096, WriteBytes: 8192, ReadOperations: 1, WriteOperations: 2}
	testParser(t, parseIOStat, []parserTest[IOStat]{
		{name: "two devices", file: "scope/io.stat", want: IOStat{
			Total: IOCounters{ReadBytes: 91889664, WriteBytes: 613781504, ReadOperations: 9142, WriteOperations: 1605,
				DiscardBytes: 50331648, DiscardOperations: 3021},
			Devices: []IODevice{{8, 16, sdb}, {8, 0, sda}},
		}},
		{name: "nothing yet", text: ""},
		{name: "other policies' keys", file: "io/cost", want: IOStat{Total: small, Devices: []IODevice{{8, 0, small}}}},
		{name: "no discard keys", file: "io/old", want: IOStat{Total: small, Devices: []IODevice{{8, 0, small}}}},
		{name: "device alone", text: "8:0\n8:16 \n", want: IOStat{Devices: []IODevice{{Major: 8}, {Major: 8, Minor: 16}}}},
		{name: "key first", text: "rbytes=1\n", err: `line 1 "rbytes=1": want MAJOR:MINOR first`},
		{name: "no number", text: "8:0 rbytes=1\n8:16 wios=\n", err: `line 2 "8:16 wios=": want a number`},
		{name: "no device", text: "sda rbytes=1\n", err: `line 1 "sda rbytes=1"`},
		{name: "no minor", text: "8 rbytes=1\n", err: `line 1 "8 rbytes=1"`},
	})
}

func TestIOStatOfOddKernels(t *testing.T) {
	tests := []struct {
		file    string
		numbers []uint32 // major, minor, and so on
		total   uint64   // bytes read
	}{
		{"io/joined", []uint32{8, 32, 7, 7, 7, 6, 7, 5, 7, 4, 7, 3}, 999678391296 + 28672 + 518539264},
		{"io/torn", []uint32{259, 0, 252, 0}, 1449984},
		{"io/unknown", []uint32{259, 3}, 4096},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			stat, err := parseIOStat(testdata(t, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			var numbers []uint32
			for _, device := range stat.Devices {
				numbers = append(numbers, device.Major, device.Minor)
			}
			if !reflect.DeepEqual(numbers, tt.numbers) || stat.Total.ReadBytes != tt.total {
				t.Errorf("got devices %v and %d bytes, want %v and %d", numbers, stat.Total.ReadBytes, tt.numbers, tt.total)
			}
		})
	}
}

// In a joined line the counters belong to the last device.
func TestIOStatJoinedLineCountsForLastDevice(t *testing.T) {
	stat, err := parseIOStat([]byte("7:5 7:4 rbytes=28672 rios=22\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []IODevice{{Major: 7, Minor: 5}, {7, 4, IOCounters{ReadBytes: 28672, ReadOperations: 22}}}
	if !reflect.DeepEqual(stat.Devices, want) {
		t.Errorf("got %+v, want %+v", stat.Devices, want)
	}
}

func TestParsePressure(t *testing.T) {
	some := Stall{Avg10Percent: 12.31, Avg60Percent: 4.05, Avg300Percent: 0.96, Total: 2914077 * usec}
	full := Stall{Avg10Percent: 11.98, Avg60Percent: 3.87, Avg300Percent: 0.91, Total: 2801113 * usec}
	const someLine = "some avg10=12.31 avg60=4.05 avg300=0.96 total=2914077\n"
	testParser(t, parsePressure, []parserTest[Pressure]{
		{name: "both", file: "scope/memory.pressure", want: Pressure{Some: some, Full: &full}},
		{name: "recorded", file: "hybrid-child/io.pressure",
			want: Pressure{Some: Stall{Total: 174 * usec}, Full: &Stall{Total: 174 * usec}}},
		{name: "cpu before Linux 5.13", text: someLine, want: Pressure{Some: some}},
		{name: "unknown line and key", text: "most x=1\n" + strings.Replace(someLine, " total", " avg900=x total", 1), want: Pressure{Some: some}},
		{name: "empty", text: "", err: "no line begins with some"},
		{name: "full alone", text: "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", err: "no line begins with some"},
		{name: "no total", text: "some avg10=0.00 avg60=0.00 avg300=0.00\n", err: `line 1 "some avg10=0.00 avg60=0.00 avg300=0.00": want avg10=`},
		{name: "no average", text: someLine + "full avg10=x avg60=0.00 avg300=0.00 total=0\n", err: "line 2"},
		{name: "not a number", text: "some avg10=NaN avg60=0.00 avg300=0.00 total=0\n", err: "want a percentage"},
		{name: "infinite", text: "some avg10=Inf avg60=0.00 avg300=0.00 total=0\n", err: "want a percentage"},
		{name: "bad total", text: "some avg10=0.00 avg60=0.00 avg300=0.00 total=1.5\n", err: "want a number"},
	})
}

func TestParseEvents(t *testing.T) {
	testParser(t, parseEvents, []parserTest[Events]{
		{name: "recorded", file: "hybrid-child/cgroup.events", want: Events{Populated: true}},
		{name: "frozen", text: "populated 0\nfrozen 1\n", want: Events{Frozen: true}},
		{name: "before Linux 5.2", text: "populated 1\n", want: Events{Populated: true}},
		{name: "no populated", text: "frozen 1\n", err: "no line begins with populated"},
		{name: "no number", text: "populated yes\n", err: `line 1 "populated yes"`},
	})
}

func TestParseControllers(t *testing.T) {
	testParser(t, parseControllers, []parserTest[[]string]{
		{name: "one", file: "hybrid-root/cgroup.controllers", want: []string{"hugetlb"}},
		{name: "many", file: "scope/cgroup.controllers",
			want: []string{"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"}},
		{name: "none", text: "\n", want: []string{}},
	})
}

func TestParseCount(t *testing.T) {
	testParser(t, parseCount, []parserTest[uint64]{
		{name: "bytes", file: "scope/memory.current", want: 412958720},
		{name: "largest", text: "18446744073709551615\n", want: math.MaxUint64},
		{name: "no line break", text: "7", want: 7},
		{name: "empty", text: "", err: `line 1 "": want a number`},
		{name: "word", text: "max\n", err: `line 1 "max": want a number`},
		{name: "two lines", text: "1\n2\n", err: "want a number"},
		{name: "sign", text: "+1\n", err: "want a number"},
	})
}

func TestParseLimit(t *testing.T) {
	testParser(t, parseLimit, []parserTest[Limit]{
		{name: "none", file: "scope/pids.max", want: Max},
		{name: "bytes", file: "scope/memory.max", want: 1 << 30},
		{name: "zero", text: "0\n", want: 0},
		{name: "other word", text: "infinity\n", err: `line 1 "infinity": want a number`},
		{name: "empty", text: "\n", err: "want a number"},
	})
}

func TestLimitIsWrittenAsTheKernelDoes(t *testing.T) {
	for limit, want := range map[Limit]string{Max: "max", 0: "0", 4096: "4096"} {
		if got := limit.String(); got != want {
			t.Errorf("Limit(%d) is written %q, want %q", uint64(limit), got, want)
		}
	}
}

func TestParseProcs(t *testing.T) {
	testParser(t, parseProcs, []parserTest[[]int]{
		{name: "in the kernel's order", file: "scope/cgroup.procs", want: []int{2955, 7727, 1375}},
		{name: "empty", text: ""},
		{name: "from another PID namespace", text: "0\n12\n0\n", want: []int{12}},
		{name: "no number", text: "12\nx\n", err: `line 2 "x": want a number`},
		{name: "negative", text: "-1\n", err: `line 1 "-1": want a number`},
		{name: "too large", text: "2147483648\n", err: "out of range"},
	})
}
