package scope

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// threeScopes plays a manager with three scopes: one that runs, one that has just ended, and one that
// has failed. Only the first has notes in files.
func threeScopes(t *testing.T) *bustest.Peer {
	t.Helper()
	u := func(name, active string) systemd1.ListedUnit {
		return systemd1.ListedUnit{Name: name, Description: "about " + name, Load: "loaded", Active: active, Path: systemd1.UnitPath(name), JobPath: "/"}
	}
	values := map[string]map[string]any{
		"a.scope": {"ControlGroup": "/a.scope", "TimeoutStopUSec": uint64(90e6), "RuntimeMaxUSec": uint64(3600e6), "ActiveEnterTimestampMonotonic": uint64(1)},
		"b.scope": {"ControlGroup": "", "RuntimeMaxUSec": uint64(1<<64 - 1), "InvocationID": []byte{}, "ActiveEnterTimestamp": uint64(0), "ActiveEnterTimestampMonotonic": uint64(0)},
		"c.scope": {"ControlGroup": "", "RuntimeMaxUSec": uint64(1<<64 - 1), "InvocationID": []byte("0123456789abcdef"), "ActiveEnterTimestamp": uint64(5e6),
			"ActiveEnterTimestampMonotonic": uint64(1), "Documentation": []string{"man:c(1)"}, "Result": "timeout"},
	}
	peer := manage(t, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) == "ListUnitsByPatterns" {
			return []*dbus.Message{bustest.Reply(call, []systemd1.ListedUnit{u("a.scope", "active"), u("b.scope", "active"), u("c.scope", "failed"), u("init.scope", "active"), u("d.scope", "inactive")})}
		}
		for name, of := range values {
			if value, ok := of[call.Body[1].(string)]; ok && call.Headers[dbus.FieldPath].Value() == systemd1.UnitPath(name) {
				return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(value))}
			}
		}
		return []*dbus.Message{bustest.Error(call, systemd1.UnknownProperty, "no")}
	})
	dir := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "systemd")
	for _, sub := range []string{"units", "transient"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(run, filepath.Join(dir, "units/invocation:a.scope")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "transient/a.scope"), []byte("[Unit]\nDescription=Documentation=x\nDocumentation=man:gorun(1)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return peer
}

func TestListHasTheScopesThatTheManagerHas(t *testing.T) {
	peer := threeScopes(t)
	list, err := UserManager.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	a, c := list[0], list[1]
	if a.Unit != "a.scope" || a.InvocationID != run || a.Cgroup != "/a.scope" || a.Manager != UserManager || a.State.Active != "active" || a.State.Result != Success ||
		a.State.RuntimeMax != time.Hour || a.State.StopTimeout != 90*time.Second || a.State.Age <= 0 || time.Since(a.State.Since) > time.Minute || a.State.Description != "about a.scope" ||
		!reflect.DeepEqual(a.State.Documentation, []string{"man:gorun(1)"}) {
		t.Errorf("%+v %+v", a.Scope, a.State)
	}
	if c.Unit != "c.scope" || c.InvocationID != "30313233343536373839616263646566" || c.State.Active != "failed" || c.State.Result != TimedOut ||
		c.State.RuntimeMax != property.Infinity || !c.State.Since.Equal(time.Unix(5, 0)) || !reflect.DeepEqual(c.State.Documentation, []string{"man:c(1)"}) {
		t.Errorf("%+v %+v", c.Scope, c.State)
	}
	if n := peer.Connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
