package property

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sample is a valid value of a row, its name and value on D-Bus, and an invalid value.
type sample struct {
	good  string
	wire  string
	value any
	bad   string
}

const yes = "yes"

func usec(seconds uint64) uint64 { return seconds * usecPerSecond }

// cpus is a set of the CPUs below 64.
func cpus(list ...int) []byte {
	set := make([]byte, 8)
	for _, cpu := range list {
		set[cpu/8] |= 1 << (cpu % 8)
	}
	return set
}

var samples = map[string]sample{
	"Group":                     {"audio", "Group", "audio", "a:b"},
	"OOMPolicy":                 {"kill", "OOMPolicy", "kill", "maybe"},
	"RuntimeMaxSec":             {"2h", "RuntimeMaxUSec", usec(7200), "2x"},
	"RuntimeRandomizedExtraSec": {"1min", "RuntimeRandomizedExtraUSec", usec(60), ""},
	"TimeoutStopSec":            {"1.5s", "TimeoutStopUSec", uint64(1500000), "-1"},
	"User":                      {"1000", "User", "1000", "a/b"},

	"AllowedCPUs":               {"0-2,9", "AllowedCPUs", cpus(0, 1, 2, 9), "x"},
	"AllowedMemoryNodes":        {"0", "AllowedMemoryNodes", cpus(0), "3-1"},
	"CPUQuota":                  {"20.5%", "CPUQuotaPerSecUSec", uint64(205000), "infinity"},
	"CPUQuotaPeriodSec":         {"10ms", "CPUQuotaPeriodUSec", uint64(10000), "x"},
	"CPUSetPartition":           {"isolated", "CPUSetPartition", "isolated", "alone"},
	"CPUWeight":                 {"idle", "CPUWeight", uint64(0), "0"},
	"StartupAllowedCPUs":        {"63", "StartupAllowedCPUs", cpus(63), "8192"},
	"StartupAllowedMemoryNodes": {"1 2", "StartupAllowedMemoryNodes", cpus(1, 2), "1-"},
	"StartupCPUWeight":          {"10000", "StartupCPUWeight", uint64(10000), "10001"},
	"TasksAccounting":           {yes, "TasksAccounting", true, ""},
	"TasksMax":                  {"50%", "TasksMaxScale", uint32(0x80000000), "100%"},

	"MemoryAccounting":      {"ON", "MemoryAccounting", true, "2"},
	"MemoryHigh":            {"1.5G", "MemoryHigh", uint64(3 << 29), "0"},
	"MemoryLow":             {"0", "MemoryLow", uint64(0), "1Q"},
	"MemoryMax":             {"50%", "MemoryMaxScale", uint32(0x80000000), "0%"},
	"MemoryMin":             {"1M", "MemoryMin", uint64(1 << 20), "101%"},
	"MemorySwapMax":         {"infinity", "MemorySwapMax", uint64(math.MaxUint64), "-1"},
	"MemoryZSwapMax":        {"0", "MemoryZSwapMax", uint64(0), "1m"},
	"MemoryZSwapWriteback":  {"no", "MemoryZSwapWriteback", false, "never"},
	"StartupMemoryHigh":     {"1G", "StartupMemoryHigh", uint64(1 << 30), "50%"},
	"StartupMemoryLow":      {"1G", "StartupMemoryLow", uint64(1 << 30), "50%"},
	"StartupMemoryMax":      {"infinity", "StartupMemoryMax", uint64(math.MaxUint64), "0"},
	"StartupMemorySwapMax":  {"0", "StartupMemorySwapMax", uint64(0), "x"},
	"StartupMemoryZSwapMax": {"1K", "StartupMemoryZSwapMax", uint64(1024), "x"},

	"IOAccounting":             {yes, "IOAccounting", true, "x"},
	"IODeviceLatencyTargetSec": {"/dev/null 25ms", "IODeviceLatencyTargetUSec", []DeviceValue{{"/dev/null", 25000}}, "/dev/null"},
	"IODeviceWeight":           {"/dev/null 200", "IODeviceWeight", []DeviceValue{{"/dev/null", 200}}, "/dev/null 0"},
	"IOReadBandwidthMax":       {"/dev/null 5M", "IOReadBandwidthMax", []DeviceValue{{"/dev/null", 5000000}}, "null 5M"},
	"IOReadIOPSMax":            {"/dev/null 1K", "IOReadIOPSMax", []DeviceValue{{"/dev/null", 1000}}, "/dev/../null 5M"},
	"IOWeight":                 {"200", "IOWeight", uint64(200), "idle"},
	"IOWriteBandwidthMax":      {"/ infinity", "IOWriteBandwidthMax", []DeviceValue{{"/", math.MaxUint64}}, "/dev//null 5M"},
	"IOWriteIOPSMax":           {"/dev/null 7", "IOWriteIOPSMax", []DeviceValue{{"/dev/null", 7}}, "/dev/null 7%"},
	"StartupIOWeight":          {"1", "StartupIOWeight", uint64(1), "0"},

	"DeviceAllow":  {"/dev/null rw", "DeviceAllow", []deviceAccess{{"/dev/null", "rw"}}, "/dev/null x"},
	"DevicePolicy": {"closed", "DevicePolicy", "closed", ""},

	"BPFProgram":                {"egress:/sys/fs/BPF/x", "BPFProgram", []attachedProgram{{"egress", "/sys/fs/BPF/x"}}, "out:/x"},
	"BindNetworkInterface":      {"eth0", "BindNetworkInterface", "eth0", "7"},
	"IPAccounting":              {yes, "IPAccounting", true, "x"},
	"IPAddressAllow":            {"10.0.0.0/8 ::1", "IPAddressAllow", []addressPrefix{{2, []byte{10, 0, 0, 0}, 8}, {10, append(make([]byte, 15), 1), 128}}, "10.0.0.0/33"},
	"IPAddressDeny":             {"any", "IPAddressDeny", []addressPrefix{{2, make([]byte, 4), 0}, {10, make([]byte, 16), 0}}, "everyone"},
	"IPEgressFilterPath":        {"/sys/fs/BPF/x", "IPEgressFilterPath", []string{"/sys/fs/BPF/x"}, "x"},
	"IPIngressFilterPath":       {"/sys/fs/BPF/x", "IPIngressFilterPath", []string{"/sys/fs/BPF/x"}, "/x/../y"},
	"NFTSet":                    {"cgroup:inet:f:s", "NFTSet", []nftSet{{3, 1, "f", "s"}}, "cgroup:inet:f"},
	"RestrictNetworkInterfaces": {"~eth0 lo", "RestrictNetworkInterfaces", interfaceSet{false, []string{"eth0", "lo"}}, "a/b"},
	"SocketBindAllow":           {"ipv6:udp:1024-65535", "SocketBindAllow", []socketPorts{{10, 17, 64512, 1024}}, "0"},
	"SocketBindDeny":            {"any", "SocketBindDeny", []socketPorts{{}}, "tcp:ipv4:22"},

	"CoredumpReceive":    {yes, "CoredumpReceive", true, ""},
	"Delegate":           {"cpu memory", "DelegateControllers", []string{"cpu", "memory"}, "ram"},
	"DelegateSubgroup":   {"main", "DelegateSubgroup", "main", "a/b"},
	"DisableControllers": {"pids", "DisableControllers", []string{"pids"}, "processes"},

	"CPUPressureThresholdSec":             {"1s", "CPUPressureThresholdUSec", usec(1), ""},
	"CPUPressureWatch":                    {"auto", "CPUPressureWatch", "auto", "maybe"},
	"IOPressureThresholdSec":              {"1s", "IOPressureThresholdUSec", usec(1), "x"},
	"IOPressureWatch":                     {"1", "IOPressureWatch", "1", "2"},
	"ManagedOOMMemoryPressure":            {"kill", "ManagedOOMMemoryPressure", "kill", ""},
	"ManagedOOMMemoryPressureDurationSec": {"20s", "ManagedOOMMemoryPressureDurationUSec", usec(20), "999ms"},
	"ManagedOOMMemoryPressureLimit":       {"100%", "ManagedOOMMemoryPressureLimit", uint32(math.MaxUint32), ""},
	"ManagedOOMPreference":                {"avoid", "ManagedOOMPreference", "avoid", "maybe"},
	"ManagedOOMSwap":                      {"auto", "ManagedOOMSwap", "auto", "maybe"},
	"MemoryPressureThresholdSec":          {"250ms", "MemoryPressureThresholdUSec", uint64(250000), "x"},
	"MemoryPressureWatch":                 {"", "MemoryPressureWatch", "", "maybe"},
	"OOMRules":                            {"a b", "OOMRules", []string{"a", "b"}, "a/b"},

	"FinalKillSignal":   {"SIGQUIT", "FinalKillSignal", int32(3), "QUIT2"},
	"KillMode":          {"control-group", "KillMode", "control-group", ""},
	"KillSignal":        {"RTMIN+3", "KillSignal", int32(37), "0"},
	"RestartKillSignal": {"2", "RestartKillSignal", int32(2), ""},
	"SendSIGHUP":        {"y", "SendSIGHUP", true, "x"},
	"SendSIGKILL":       {"f", "SendSIGKILL", false, "x"},
	"WatchdogSignal":    {"ABRT", "WatchdogSignal", int32(6), "65"},

	"AllowIsolate":             {yes, "AllowIsolate", true, "x"},
	"CollectMode":              {"inactive", "CollectMode", "inactive", ""},
	"DefaultDependencies":      {"no", "DefaultDependencies", false, "x"},
	"Description":              {"a=b\n", "Description", "a=b", ""},
	"Documentation":            {"man:a(1) 'file:/a b'", "Documentation", []string{"man:a(1)", "file:/a b"}, "foo"},
	"FailureAction":            {"none", "FailureAction", "none", "panic"},
	"FailureActionExitStatus":  {"255", "FailureActionExitStatus", int32(255), "256"},
	"IgnoreOnIsolate":          {"no", "IgnoreOnIsolate", false, "x"},
	"JobRunningTimeoutSec":     {"1min", "JobRunningTimeoutUSec", usec(60), "x"},
	"JobTimeoutAction":         {"none", "JobTimeoutAction", "none", ""},
	"JobTimeoutRebootArgument": {"x", "JobTimeoutRebootArgument", "x", "é"},
	"Markers":                  {"+needs-reload", "Markers", []string{"+needs-reload"}, "reload"},
	"OnFailureJobMode":         {"replace", "OnFailureJobMode", "replace", "now"},
	"OnSuccessJobMode":         {"fail", "OnSuccessJobMode", "fail", "now"},
	"RebootArgument":           {"", "RebootArgument", "", "é"},
	"RefuseManualStart":        {"no", "RefuseManualStart", false, "yes"},
	"RefuseManualStop":         {yes, "RefuseManualStop", true, "x"},
	"Slice":                    {"x.slice", "Slice", "x.slice", "x"},
	"SourcePath":               {"/etc/x", "SourcePath", "/etc/x", "x"},
	"StartLimitAction":         {"none", "StartLimitAction", "none", "x"},
	"StartLimitBurst":          {"5", "StartLimitBurst", uint32(5), "4294967296"},
	"StartLimitIntervalSec":    {"5", "StartLimitIntervalUSec", usec(5), "x"},
	"StopWhenUnneeded":         {"no", "StopWhenUnneeded", false, "x"},
	"SuccessAction":            {"none", "SuccessAction", "none", "x"},
	"SuccessActionExitStatus":  {"", "SuccessActionExitStatus", int32(-1), "x"},
	"SurviveFinalKillSignal":   {"no", "SurviveFinalKillSignal", false, "x"},

	"RequiresMountsFor": {"/tmp //var/", "RequiresMountsFor", []string{"/tmp", "//var/"}, "tmp"},
	"WantsMountsFor":    {"/tmp", "WantsMountsFor", []string{"/tmp"}, "/a/../b"},

	"BlockIOAccounting":       {yes, "BlockIOAccounting", true, "x"},
	"BlockIODeviceWeight":     {"/dev/null 10", "BlockIODeviceWeight", []DeviceValue{{"/dev/null", 10}}, "/dev/null 9"},
	"BlockIOReadBandwidth":    {"/dev/null 1K", "BlockIOReadBandwidth", []DeviceValue{{"/dev/null", 1000}}, "x"},
	"BlockIOWeight":           {"1000", "BlockIOWeight", uint64(1000), "1001"},
	"BlockIOWriteBandwidth":   {"/dev/null 1K", "BlockIOWriteBandwidth", []DeviceValue{{"/dev/null", 1000}}, "x"},
	"CPUAccounting":           {yes, "CPUAccounting", true, "x"},
	"CPUShares":               {"2", "CPUShares", uint64(2), "1"},
	"DefaultMemoryLow":        {"10%", "DefaultMemoryLowScale", uint32(429496730), "x"},
	"DefaultMemoryMin":        {"", "DefaultMemoryMin", uint64(0), "x"},
	"DefaultStartupMemoryLow": {"1", "DefaultStartupMemoryLow", uint64(1), "1%"},
	"MemoryLimit":             {"1G", "MemoryLimit", uint64(1 << 30), "0"},
	"StartupBlockIOWeight":    {"", "StartupBlockIOWeight", uint64(math.MaxUint64), "9"},
	"StartupCPUShares":        {"262144", "StartupCPUShares", uint64(262144), "262145"},
}

// sampleOf is the sample of a row. Dependencies and conditions share theirs.
func sampleOf(r Info) (sample, bool) {
	s, ok := samples[r.Name]
	switch {
	case ok:
		return s, true
	case r.Group == "Dependencies":
		return sample{"a.service b@1.target", r.Name, []string{"a.service", "b@1.target"}, "a"}, true
	case r.wire == "Conditions" || r.wire == "Asserts":
		return sample{"|!/x", r.wire, []condition{{r.Name, true, true, "/x"}}, "!"}, true
	}
	return sample{}, false
}

func TestEveryPropertyIsReadAndSent(t *testing.T) {
	for _, r := range All() {
		s, ok := sampleOf(r)
		if !ok {
			t.Errorf("%s: no sample", r.Name)
			continue
		}
		p, err := Parse(r.Name + "=" + s.good)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.WireName() != s.wire || !reflect.DeepEqual(p.Value(), s.value) {
			t.Errorf("%s: it becomes %s=%v, want %s=%v", p, p.WireName(), p.Value(), s.wire, s.value)
		}
	}
	for name := range samples {
		if _, ok := Named(name); !ok {
			t.Errorf("%s: a sample without a row", name)
		}
	}
}

func TestEveryPropertyRefusesABadValue(t *testing.T) {
	for _, r := range All() {
		s, _ := sampleOf(r)
		p, err := Parse(r.Name + "=" + s.bad)
		var bad *Error
		if r.Name != "Description" && (!errors.As(err, &bad) || bad.Name != r.Name || bad.Value != s.bad || bad.Reason == "") {
			t.Errorf("%s=%s: got %v, %v", r.Name, s.bad, p, err)
		}
	}
}

// An empty array must have a type. nil has none.
func TestEmptyValueResetsWhatSaysSo(t *testing.T) {
	for _, r := range All() {
		p, err := r.parse("")
		if r.Reset && err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		if v := reflect.ValueOf(p.value); err == nil && v.Kind() == reflect.Slice && (v.IsNil() || v.Len() != 0) {
			t.Errorf("%s: an empty value is %#v", r.Name, p.value)
		}
		if isText := r.Name == "Description" || r.Group == "Dependencies" || r.Name == "Delegate"; !r.Reset && err == nil && !isText {
			t.Errorf("%s: an empty value does something that the table does not say: %v", r.Name, p.value)
		}
	}
}

func TestTableIsInOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range groups {
		if !slices.IsSortedFunc(g.rows(), func(a, b Info) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("the group %s is not sorted", g.name)
		}
		for _, r := range g.rows() {
			if seen[r.Name] || seen[r.wire] {
				t.Errorf("%s is in the table twice", r.Name)
			}
			seen[r.Name] = true
		}
	}
	if !slices.IsSortedFunc(All(), func(a, b Info) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("All() is not sorted")
	}
}

func TestEveryPropertyIsDescribed(t *testing.T) {
	for _, r := range All() {
		if r.Help == "" || r.Metavar() == "" || r.syntax().parse == nil || !slices.Contains(Groups(), r.Group) {
			t.Errorf("%s: the row is incomplete", r.Name)
		}
		if strings.HasSuffix(r.Help, ".") || strings.Contains(r.Help, "\n") {
			t.Errorf("%s: %q is not a line without a full stop", r.Name, r.Help)
		}
		if r.File != "" && !slices.Contains([]string{"cpu", "cpuset", "io", "memory", "pids"}, r.Controller) {
			t.Errorf("%s: file %s, controller %q", r.Name, r.File, r.Controller)
		}
		if r.File != "" && !strings.HasPrefix(r.File, r.Controller+".") {
			t.Errorf("%s: %s is not of controller %s", r.Name, r.File, r.Controller)
		}
	}
}
