package scope

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestParsePropertyGivesNameAndTypeOfTheBus(t *testing.T) {
	for in, want := range map[string]wireProperty{
		"RuntimeMaxSec=2h":             {"RuntimeMaxUSec", dbus.MakeVariant(uint64(7200e6))},
		"RuntimeMaxSec=infinity":       {"RuntimeMaxUSec", dbus.MakeVariant(uint64(math.MaxUint64))},
		"RuntimeRandomizedExtraSec=1s": {"RuntimeRandomizedExtraUSec", dbus.MakeVariant(uint64(1e6))},
		"TimeoutStopSec=0":             {"TimeoutStopUSec", dbus.MakeVariant(uint64(0))},
		"OOMPolicy=kill":               {"OOMPolicy", dbus.MakeVariant("kill")},
		"MemoryMax=100M":               {"MemoryMax", dbus.MakeVariant(uint64(100 << 20))},
		"MemoryMax=50%":                {"MemoryMaxScale", dbus.MakeVariant(uint32(0x80000000))},
		"MemoryMax=":                   {"MemoryMax", dbus.MakeVariant(uint64(math.MaxUint64))},
		"MemoryMin=":                   {"MemoryMin", dbus.MakeVariant(uint64(0))},
		"TasksMax=50":                  {"TasksMax", dbus.MakeVariant(uint64(50))},
		"TasksMax=infinity":            {"TasksMax", dbus.MakeVariant(uint64(math.MaxUint64))},
		"CPUQuota=20.5%":               {"CPUQuotaPerSecUSec", dbus.MakeVariant(uint64(205000))},
		"CPUWeight=100":                {"CPUWeight", dbus.MakeVariant(uint64(100))},
		"KillSignal=INT":               {"KillSignal", dbus.MakeVariant(int32(2))},
		"SendSIGHUP=Yes":               {"SendSIGHUP", dbus.MakeVariant(true)},
		"Documentation=man:a(1) man:b": {"Documentation", dbus.MakeVariant([]string{"man:a(1)", "man:b"})},
		"Documentation=":               {"Documentation", dbus.MakeVariant([]string{})},
		"Description=a=b\xff":          {"Description", dbus.MakeVariant("a=b\uFFFD")},
		"Slice=x.slice":                {"Slice", dbus.MakeVariant("x.slice")},
		"CollectMode=inactive":         {"CollectMode", dbus.MakeVariant("inactive")},
	} {
		p, err := ParseProperty(in)
		if err != nil || !reflect.DeepEqual(p.message(), want) {
			t.Errorf("%q: got %v, %v; want %v", in, p.message(), err, want)
		}
	}
}

func TestBadPropertyIsNamedWithItsValue(t *testing.T) {
	for in, reason := range map[string]string{
		"RuntimeMaxSec=2x":      "not a time span",
		"OOMPolicy=maybe":       "want one of continue, stop, kill",
		"MemoryMax=1Q":          "not a size",
		"TasksMax=100%":         "less than 100%",
		"TasksMax=0":            "from 1",
		"CPUQuota=0%":           "more than 0%",
		"CPUQuota=infinity":     "not a percentage",
		"CPUWeight=0":           "from 1 to 10000",
		"MemoryMax=0":           "more than 0",
		"Documentation=foo":     "foo: want http://",
		"Wants=a":               "full name",
		"Wants=a\xff.service":   "not in UTF-8",
		"JobTimeoutSec=1":       "JobRunningTimeoutSec does the same",
		"RefuseManualStart=y":   "refuse to start",
		"PIDs=1":                "set by what starts the scope",
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
		"CollectMode=sometimes": "want one of",
	} {
		_, err := ParseProperty(in)
		name, value, _ := strings.Cut(in, "=")
		var bad *PropertyError
		if !errors.As(err, &bad) || bad.Name != name || bad.Value != value && bad.Value != "" || !strings.Contains(bad.Reason, reason) {
			t.Errorf("%q: got %v; want a reason with %q", in, err, reason)
		}
	}
}
