package logind

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/process"
)

func TestRulesDecideWhoseProcessesAreKilledAtLogout(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		rules  Rules
		record record
		user   string
		kill   bool
	}{
		"default":                     {user: "alice"},
		"all":                         {rules: Rules{KillUserProcesses: true}, user: "alice", kill: true},
		"root is spared":              {rules: Rules{KillUserProcesses: true}, user: "root"},
		"root, once others are named": {rules: Rules{KillUserProcesses: true, KillExcludeUsers: []string{"bob"}}, user: "root", kill: true},
		"excluded":                    {rules: Rules{KillUserProcesses: true, KillExcludeUsers: []string{"alice"}}, user: "alice"},
		"excluded wins over only":     {rules: Rules{KillOnlyUsers: []string{"alice"}, KillExcludeUsers: []string{"alice"}}, user: "alice"},
		"only":                        {rules: Rules{KillOnlyUsers: []string{"alice"}}, user: "alice", kill: true},
		"only others":                 {rules: Rules{KillUserProcesses: true, KillOnlyUsers: []string{"bob"}}, user: "alice"},
		"record says yes":             {record: record{KillProcesses: &yes}, user: "root", kill: true},
		"record says no":              {rules: Rules{KillUserProcesses: true}, record: record{KillProcesses: &no}, user: "alice"},
	} {
		if p := c.rules.policyFor(c.user, c.record); p.kill != c.kill || p.why == "" {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	usec := uint64(2_000_000)
	if p := (Rules{StopDelay: time.Hour}).policyFor("alice", record{StopDelayUSec: &usec}); p.stopDelay != 2*time.Second {
		t.Errorf("stop delay %v", p.stopDelay)
	}
}

func TestPlaceOfFindsUnitSessionAndUser(t *testing.T) {
	const manager = "/user.slice/user-1000.slice/user@1000.service"
	for path, want := range map[string]Place{
		"/": {User: -1},
		"/user.slice/user-1000.slice/session-3.scope":  {Unit: "session-3.scope", Session: "3", User: 1000},
		"/user.slice/user-0.slice/session-c12.scope/x": {Unit: "session-c12.scope", Session: "c12", User: 0},
		manager:                 {Unit: "user@1000.service", User: 1000, Managed: true},
		manager + "/init.scope": {Unit: "init.scope", User: 1000, Managed: true},
		manager + "/app.slice/app-x.slice/a.scope/sub":     {Unit: "a.scope", User: 1000, Managed: true},
		manager + "/app.slice/_memory.scope":               {Unit: "memory.scope", User: 1000, Managed: true},
		manager + "/app.slice/session-3.scope":             {Unit: "session-3.scope", User: 1000, Managed: true},
		manager + "/x.service/user@1000.service":           {Unit: "x.service", User: 1000, Managed: true},
		"/system.slice/cron.service":                       {Unit: "cron.service", User: -1},
		"/system.slice/session-3.scope":                    {Unit: "session-3.scope", User: -1},
		"/system.slice/system-getty.slice/getty@1.service": {Unit: "getty@1.service", User: -1},
		"/init.scope": {Unit: "init.scope", User: -1},
		"/../x":       {User: -1},
	} {
		if got := PlaceOf(path); got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
}

func TestInfiniteStopDelayKeepsTheManager(t *testing.T) {
	if v := (policy{stopDelay: math.MaxInt64}).stopping("alice"); !v.Survives || v.Reason != StopDelay {
		t.Errorf("got %+v", v)
	}
	if v := (policy{stopDelay: time.Second}).stopping("alice"); v.Survives || v.Reason != NoLingering || v.Delay != time.Second {
		t.Errorf("got %+v", v)
	}
}

func TestRulesAreReadFromLogindsProperties(t *testing.T) {
	properties := map[string]dbus.Variant{
		"KillUserProcesses": dbus.MakeVariant(true),
		"KillOnlyUsers":     dbus.MakeVariant([]string{"a"}),
		"KillExcludeUsers":  dbus.MakeVariant([]string{}),
		"UserStopDelayUSec": dbus.MakeVariant(uint64(math.MaxUint64)),
	}
	r, err := rulesFrom(properties)
	if err != nil || !r.KillUserProcesses || len(r.KillOnlyUsers) != 1 || r.StopDelay != math.MaxInt64 {
		t.Errorf("got %+v, %v", r, err)
	}
	delete(properties, "KillOnlyUsers")
	if _, err := rulesFrom(properties); err == nil {
		t.Error("a missing property is not an error")
	}
}

func TestAnUnknownVerdictSaysNothingElse(t *testing.T) {
	v := unknown("there is no logind")
	if v.Survives || v.SurvivesOrNil() != nil || v.Reason != "unknown: there is no logind" {
		t.Errorf("got %+v", v)
	}
	j := &Judge{people: map[int]person{}, silent: errors.New("there is no logind")}
	const manager = "/user.slice/user-1000.slice/user@1000.service"
	for path, want := range map[string]Reason{
		"/user.slice/user-1000.slice/session-3.scope": v.Reason,
		manager + "/app.slice/a.scope":                v.Reason,
		"/system.slice/cron.service":                  System,
	} {
		if got := j.Process(t.Context(), process.Process{PID: 1, Cgroup: path}); got.Reason != want {
			t.Errorf("%s: got %+v, want %s", path, got, want)
		}
	}
	j.namespaced = true
	if got := j.Process(t.Context(), process.Process{PID: 1, Cgroup: "/system.slice/cron.service"}); got != NamespaceVerdict() {
		t.Errorf("in a namespace: got %+v", got)
	}
}

func FuzzPlaceOf(f *testing.F) {
	f.Add("/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope")
	f.Fuzz(func(t *testing.T, path string) {
		if p := PlaceOf(path); p.Session != "" && (p.Managed || p.User < 0) {
			t.Errorf("%q: %+v", path, p)
		}
	})
}

// pam_systemd(8) lists the classes of sessions that do not need the user's manager.
func TestSessionClassDecidesWhetherItKeepsTheManager(t *testing.T) {
	for class, want := range map[string]bool{
		"user": true, "user-early": true, "greeter": true, "lock-screen": true, "background": true,
		"user-light": false, "background-light": false, "user-incomplete": false, "manager": false, "none": false,
	} {
		if got := (session{class: class}).holdsManager(); got != want {
			t.Errorf("%s: %v", class, got)
		}
	}
}
