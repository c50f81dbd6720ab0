package integration

import (
	"math"
	"strings"
	"testing"
)

// oddValues are unusual values of properties. None is a limit that gorun refuses because it
// could not run itself.
var oddValues = map[string][]string{
	"MemoryMax": {
		"1073741824", " 1G", "1G ", "1 G", "1073741824 ", "1G 500M", "1G500M", "500M 1G", "1.5G", "1.G", ".5G", "0.3G", "0.29G", "1.999999999G", "1g", "1GB", "1GiB",
		"1G2", "+1G", "-1G", "1e3", "0x10", "1_000", "8E", "15E", "16E", "18446744073709551615", "18446744073709551616", "infinity", "Infinity", "INF",
		"50%", "12.5%", "12.55%", "12.555%", "125‰", "12.5‰", "1250‱", "100%", "100.01%", "0x10%", "010%", " 5%", "+5%", "5 %", "%", ".5%", "5.%", "-5%",
		"1K 1K", "1G 1M 1K 1B", "max", "1,5G", "٣", "1073741824\t",
	},
	"TasksMax":                      {"1", "010", "0x10", "0b11", "0o17", " 7", "7 ", "+7", "-7", "08", "1K", "1e2", "18446744073709551615", "18446744073709551616", "0", "0.01%", "99.99%", "100%", "0%", "infinity", "1_0"},
	"CPUQuota":                      {"1%", "0.01%", "1000%", "20.5%", "200", "0%", "infinity", "21474836.47%", "21474836.48%", "5‰", "0x10%"},
	"CPUQuotaPeriodSec":             {"1us", "1h", "infinity", "0", "x"},
	"CPUWeight":                     {"1", "10000", "0", "10001", "IDLE", "0x10", "+5", "50%"},
	"AllowedCPUs":                   {"0-3", "3-0", "0,2 4-5,,7", "0x2", "1-2-3", "-", "1-", "-1", "8191", "8192", `"0-1"`, "'1", "0 - 1", "all", "010", "+1"},
	"KillSignal":                    {"term", "SIGTERM", "15", "0xf", "SIG15", "0", "64", "65", "RTMIN", "SIGRTMIN+0", "RTMIN+30", "RTMIN+31", "RTMAX-30", "RTMAX-31", "RTMIN-1", "32", " 15", "IOT", "POLL", "CLD", "STKFLT", "PWR"},
	"SendSIGKILL":                   {"YES", "oN", "T", "N", "2", "yess", " yes", "enabled"},
	"IOReadBandwidthMax":            {"/dev/null 1K", "/dev/null  1K", "/dev/null 1.5M", "/dev/null infinity", "/dev/null 1K ", "/dev/null", " /dev/null 1K", "/dev/null -1", "/dev/null 0"},
	"IODeviceWeight":                {"/dev/null 0x64", "/dev/null 100 ", "/dev/null  100", "/dev/null idle"},
	"DeviceAllow":                   {"/dev/null", "/dev/null rwm", "/dev/null mwr", "/dev/null r w", "/dev/null rr", "/dev/null R", "char-pts", "char-*", "block-loop rw", "/dev/null ", "/dev", "/dev/", "null"},
	"IPAddressDeny":                 {"any", "localhost", "link-local", "multicast", "10.0.0.0/8", "10.1.2.3/8", "10.0.0.0/8 ::1", "::ffff:1.2.3.4", "fe80::1%lo", "1.2.3", "01.2.3.4", "1.2.3.4/", "1.2.3.4/0x8", "ANY", "LOCALHOST", "localhost.", "any 10.0.0.0/8", "  "},
	"SocketBindDeny":                {"any", "tcp", "ipv4", "ipv6:tcp", "ipv4:udp:53", "tcp:80-90", "90-80", "0", "65535", "65536", "tcp:ipv4:1", ":1", "1:", "sctp:1", "ipv4:any", "0x50"},
	"Documentation":                 {`man:a "man:b c"`, `'man:a`, `man:a\`, `man:a\\b`, "HTTP://x", "http://", "man:é", "  ", "file:x", "file:/x", "info:x"},
	"Wants":                         {"trial-none.service a", "trial@.service", "trial@x.service", `trial-a\x2db.service`, `trial-a\\x2db.service`, "trial.service,b.service", "/x", "-.slice", "trial.service trial.service"},
	"RequiresMountsFor":             {"/tmp/", "//tmp", "/tmp/.", "/tmp/..", "tmp", "'/a b'"},
	"ConditionPathExists":           {"/", "!/trial", "|/", "|!/trial", " /", "!|/", "||/", "!!/"},
	"Markers":                       {"needs-restart", "+needs-restart", "-needs-restart", "needs-restart +needs-reload", "++needs-reload", "  "},
	"Slice":                         {"trial", "trial-a.slice", "trial-.slice", "-.slice", "trial@a.slice", "trial.scope", ""},
	"User":                          {"root", "no-such-user-x", "4294967295", "-1", "a b", " a", "a:b", "..", "é"},
	"RuntimeMaxSec":                 {"99999999d", "infinity", "5 5", "1.5h", "5min 30", "  "},
	"Delegate":                      {"yes", "", "cpu", "cpu  pids", "CPU", "cpu,pids", "'cpu pids'", "1"},
	"DefaultDependencies":           {"", "0"},
	"ManagedOOMPreference":          {"", "none", "NONE"},
	"ManagedOOMMemoryPressureLimit": {"50%", "0%", "100%", "101%", "50", "5.55%"},
	"NFTSet":                        {"cgroup:inet:t:s user:ip:t:s", "cgroup:inet:1t:s", "cgroup:inet:t", "address:inet:t:s", "'cgroup:inet:t:s'", "cgroup:inet:a_b/c.d:s"},
	"BPFProgram":                    {"egress:/x", "egress:", "egress", "egress:x", "egress:/x:y", ":/x"},
	"StartLimitBurst":               {"4294967295", "4294967296", "0x10", "-1"},
	"FailureActionExitStatus":       {"0", "255", "256", "-1", "0xff"},
	"SourcePath":                    {"/x/../y", "x", ""},
	"RebootArgument":                {"a b", "é"},
	"DelegateSubgroup":              {"a.b", "_a", ".a", "cgroup.x", "memory.x", "tasks", "a/b", "a b"},
	"FailureAction":                 {"soft-reboot", "halt", "Reboot", ""},
}

// differences says where gorun and systemd-run differ, and why.
var differences = map[string]string{
	"AllowedCPUs=3-0":              "systemd treats a range from high to low as no CPUs; 262 refuses it",
	"DeviceAllow=/dev":             "it is not a device",
	"IPAddressDeny=any 10.0.0.0/8": "gorun accepts names in lists, as in unit files",
}

func TestOddValuesAreParsedAsBySystemdRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		var r trials
		for name, values := range oddValues {
			for _, value := range values {
				r.add(name + "=" + value)
			}
		}
		r.run(t, g, "root")
		for i, got := range r.done {
			assignment := r.Trials[i][0]
			name, _, _ := strings.Cut(assignment, "=")
			ours, theirs := got.Gorun, got.SystemdRun
			switch {
			case differences[assignment] != "" && ours.refused() != theirs.refused():
			case ours.refused() != theirs.refused():
				t.Errorf("%q: gorun: %q; systemd-run: %q", assignment, ours.Stderr, theirs.Stderr)
			case ours.refused():
				if prefix := "gorun: error: -p " + assignment + ": "; !strings.HasPrefix(ours.Stderr, prefix) {
					t.Errorf("%q: the message does not name the option: %q", assignment, ours.Stderr)
				}
			default:
				comparison{T: t, row: propertyInfo{Name: name}}.noDifference(assignment, got)
			}
		}
	})
}

// spans are time spans, valid and invalid, some from systemd.time(7).
var spans = []string{
	"2 h", "2hours", "48hr", "1y 12month", "55s500ms", "300ms20s 5day", "90", "5min", "2h30m", "1h 30min", " 1h\t30min ", "1.5h", "0.5", ".5s", "0",
	"20us", "20µs", "20μs", "3ms 2us", "1M", "1m", "1month", "1y", "2weeks 1d", "1hr", "infinity", " infinity ", "12.34 56", "12.34.56", "12.34s.56",
	"1h +30min", "+5", "1 day 2 hours 3min", "99y", "0.000001", "0.0000001", "1.9999999s", "1w1d1h1min1s1ms1us", "5 5",
	"", " ", "2x", "-1", "1.", ".", "infinity 1", "Infinity", "1S", "5mins", "1e3", "99999999999999999999", "9999999999999y", "1h,30m", "1h-", "٣", "1H", "5 min.", "1. 5",
}

func TestSpansAreParsedAsBySystemdAnalyze(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		r := trials{Spans: spans}
		r.run(t, g, "alice")
		for i, got := range r.spans {
			if got.Systemd == math.MaxInt64 { // infinity, or longer than Go's spans
				got.Systemd = int64(math.MaxInt64 / 1000)
			}
			if got.Gorun != got.Systemd {
				t.Errorf("%q is %d us, but %d us for systemd-analyze", spans[i], got.Gorun, got.Systemd)
			}
		}
	})
}
