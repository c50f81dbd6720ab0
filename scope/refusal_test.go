package scope

import (
	"errors"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// The texts are those of systemd 252 to 262.
func TestRefusalNamesThePropertyThatIsMeant(t *testing.T) {
	for text, want := range map[string]string{
		"Value specified in MemoryMaxScale is out of range":                 "MemoryMax=0.01%",
		"Invalid condition type: ConditionFraction":                         "ConditionFraction=5%: this systemd does not support it for scopes; systemd 261 does",
		"Unknown cgroup controller 'bpf-bind-network-interface'":            "Delegate=cpu bpf-bind-network-interface",
		"Invalid FailureAction setting: soft-reboot":                        "FailureAction=soft-reboot",
		"FailureAction setting invalid for manager type: soft-reboot":       "FailureAction=soft-reboot",
		`Unknown marker "needs-stop".`:                                      "Markers=+needs-stop",
		"Failed to add requested mount \"/b\": Invalid argument":            "RequiresMountsFor=/b",
		"Path specified in RequiresMountsFor is not normalized: /b":         "RequiresMountsFor=/b",
		"Path specified in RequiresMountsFor is not normalized: /elsewhere": "RequiresMountsFor=/c",
		"Dependency type Wants may not be created transiently":              "Wants=x.service",
		"Failed to set unit properties: Invalid argument":                   "",
		"The unit is special":                                               "",
		"DescriptionMemoryMax":                                              "",
	} {
		t.Run(text, func(t *testing.T) {
			manage(t, func(call *dbus.Message) []*dbus.Message {
				return []*dbus.Message{bustest.Error(call, systemd1.InvalidArgs, text)}
			})
			spec := user("x.scope")
			spec.Description = "The unit is special: Invalid argument"
			for _, assignment := range []string{"MemoryMax=0.01%", "ConditionFraction=5%", "Delegate=cpu bpf-bind-network-interface",
				"FailureAction=soft-reboot", "Markers=+needs-stop", "RequiresMountsFor=/b", "RequiresMountsFor=/c", "Wants=x.service"} {
				spec.Properties = append(spec.Properties, parse(t, assignment))
			}
			_, err := Start(t.Context(), spec)
			var bad *property.Error
			if named := errors.As(err, &bad); named != (want != "") || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v; want %q", err, want)
			}
		})
	}
}

func TestRefusalOfAUnitOrAJobModeNamesTheProperty(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		systemd1.NoSuchUnit:  {"Unit database.service not found.", "property Requires=database.service: the manager refuses it: "},
		systemd1.InvalidArgs: {"Job mode lenient is invalid.", "property JobMode=lenient: this systemd does not support the mode"},
	} {
		manage(t, func(call *dbus.Message) []*dbus.Message { return []*dbus.Message{bustest.Error(call, name, c.text)} })
		spec := user("x.scope")
		spec.JobMode = "lenient"
		spec.Properties = []property.Property{parse(t, "Requires=database.service")}
		_, err := Start(t.Context(), spec)
		var bad *property.Error
		if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPropertyThatSurprisesHasAWarning(t *testing.T) {
	for text, want := range map[string]string{
		"KillMode=mixed":         "SIGKILL at once",
		"KillMode=none":          "signals nothing",
		"KillMode=control-group": "",
		"Delegate=":              "use no to end it",
		"Delegate=yes":           "",
		"CPUAccounting=yes":      "has no effect",
		"BlockIOWeight=100":      "use IOWeight",
		"Wants=":                 "removes no dependency",
		"Wants=x.service":        "",
		"User=alice":             "without Delegate",
		"User=":                  "",
		"MemoryMax=1G":           "",
		"StartupMemoryMax=1G":    "manager starts or stops; MemoryMax=1G holds at all times",
		"StartupCPUWeight=":      "",

		"OnFailure=a.service":               "that the command fails is not known",
		"OnSuccess=a.service":               "also ends well if the command fails",
		"OnFailure=":                        "removes no dependency",
		"FailureAction=reboot":              "that the command fails is not known",
		"FailureAction=none":                "",
		"JoinsNamespaceOf=a.service":        "no namespaces",
		"PropagatesReloadTo=a.service":      "cannot be reloaded",
		"ManagedOOMMemoryPressureLimit=10%": "without ManagedOOMMemoryPressure=kill",
		"CPUQuotaPeriodSec=10ms":            "without CPUQuota",
		"OnFailureJobMode=fail":             "without OnFailure",
		"JobTimeoutAction=none":             "",
	} {
		warnings := Spec{Properties: []property.Property{parse(t, text)}}.Warnings()
		got := strings.Join(warnings, "\n")
		if want == "" && got != "" || want != "" && (len(warnings) != 1 || !strings.HasPrefix(got, text+": ") || !strings.Contains(got, want)) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for _, pair := range [][2]string{
		{"Delegate=yes", "User=alice"},
		{"CPUQuotaPeriodSec=10ms", "CPUQuota=50%"},
		{"StartupCPUWeight=50", "CPUWeight=5"},
		{"ManagedOOMMemoryPressure=kill", "ManagedOOMMemoryPressureLimit=10%"},
		{"JobTimeoutAction=reboot-force", "JobRunningTimeoutSec=1s"},
	} {
		spec := Spec{Properties: []property.Property{parse(t, pair[0]), parse(t, pair[1])}}
		if got := spec.Warnings(); len(got) != 0 {
			t.Errorf("%v: got %q", pair, got)
		}
	}
	// An empty Delegate delegates, too.
	if !(Spec{Properties: []property.Property{parse(t, "Delegate=")}}).has("Delegate=yes") {
		t.Error("Delegate= delegates nothing")
	}
}
