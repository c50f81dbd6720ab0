package property

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestParseGivesNameAndTypeOfTheBus(t *testing.T) {
	for in, want := range map[string]struct {
		name  string
		value any
	}{
		"RuntimeMaxSec=2h":             {"RuntimeMaxUSec", uint64(7200e6)},
		"RuntimeMaxSec=infinity":       {"RuntimeMaxUSec", uint64(math.MaxUint64)},
		"RuntimeRandomizedExtraSec=1s": {"RuntimeRandomizedExtraUSec", uint64(1e6)},
		"TimeoutStopSec=0":             {"TimeoutStopUSec", uint64(0)},
		"OOMPolicy=kill":               {"OOMPolicy", "kill"},
		"MemoryMax=100M":               {"MemoryMax", uint64(100 << 20)},
		"MemoryMax=50%":                {"MemoryMaxScale", uint32(0x80000000)},
		"MemoryMax=":                   {"MemoryMax", uint64(math.MaxUint64)},
		"MemoryMin=":                   {"MemoryMin", uint64(0)},
		"TasksMax=50":                  {"TasksMax", uint64(50)},
		"TasksMax=infinity":            {"TasksMax", uint64(math.MaxUint64)},
		"CPUQuota=20.5%":               {"CPUQuotaPerSecUSec", uint64(205000)},
		"CPUWeight=100":                {"CPUWeight", uint64(100)},
		"KillSignal=INT":               {"KillSignal", int32(2)},
		"SendSIGHUP=Yes":               {"SendSIGHUP", true},
		"Documentation=man:a(1) man:b": {"Documentation", []string{"man:a(1)", "man:b"}},
		"Documentation=":               {"Documentation", []string{}},
		"Description=a=b\xff":          {"Description", "a=b\uFFFD"},
		"Slice=x.slice":                {"Slice", "x.slice"},
		"CollectMode=inactive":         {"CollectMode", "inactive"},
	} {
		p, err := Parse(in)
		if err != nil || p.WireName() != want.name || !reflect.DeepEqual(p.Value(), want.value) {
			t.Errorf("%q: got %s=%v, %v; want %v", in, p.WireName(), p.Value(), err, want)
		}
	}
}

func TestBadPropertyIsNamedWithItsValue(t *testing.T) {
	for in, reason := range map[string]string{
		"RuntimeMaxSec=2x":      "not a time span",
		"OOMPolicy=maybe":       "must be one of continue, stop, kill",
		"MemoryMax=1Q":          "not a size",
		"TasksMax=100%":         "less than 100%",
		"TasksMax=0":            "at least 1",
		"CPUQuota=0%":           "more than 0%",
		"CPUQuota=infinity":     "not a percentage",
		"CPUWeight=0":           "from 1 to 10000",
		"MemoryMax=0":           "more than 0",
		"Documentation=foo":     "foo: must be a URI",
		"Wants=a":               "full name",
		"Wants=a\xff.service":   "not in UTF-8",
		"JobTimeoutSec=1":       "JobRunningTimeoutSec does the same",
		"RefuseManualStart=y":   "refuse to start",
		"PIDs=1":                "set by the launcher",
		"Conditions=x":          "one by one",
		"WantedBy=x.target":     "the other unit's Wants",
		"Nice=5":                "scopes do not have it; services do",
		"LimitNOFILE=5":         "services do",
		"OnCalendar=daily":      "timers do",
		"MemroyMax=1":           "did you mean MemoryMax?",
		"TaskMax=1":             "did you mean TasksMax?",
		"MemoryMaxScale=1":      "it is written MemoryMax here",
		"DelegateControllers=x": "it is written Delegate here",
		"KillSignal=NOPE":       "not a signal",
		"SendSIGHUP=":           "not a boolean",
		"Slice=x":               "must have a name that ends in .slice",
		"Nope=1":                "unknown property",
		"runtimemaxsec=1":       "did you mean RuntimeMaxSec?",
		"RuntimeMaxUSec=1":      "it is written RuntimeMaxSec here",
		"RuntimeMaxSec":         "no value",
		"CollectMode=sometimes": "must be one of",
	} {
		_, err := Parse(in)
		name, value, _ := strings.Cut(in, "=")
		var bad *Error
		if !errors.As(err, &bad) || bad.Name != name || bad.Value != value && bad.Value != "" || !strings.Contains(bad.Reason, reason) {
			t.Errorf("%q: got %v; want a reason with %q", in, err, reason)
		}
	}
}
