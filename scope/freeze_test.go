package scope

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

func TestManagerFreezesTheScope(t *testing.T) {
	var asked atomic.Value
	manage(t, func(call *dbus.Message) []*dbus.Message {
		asked.Store(bustest.Member(call))
		return []*dbus.Message{bustest.Reply(call)}
	})
	if err := running(t).Freeze(t.Context()); err != nil || asked.Load() != "Freeze" {
		t.Errorf("%v, asked %v", err, asked.Load())
	}
	if err := running(t).Thaw(t.Context()); err != nil || asked.Load() != "Thaw" {
		t.Errorf("%v, asked %v", err, asked.Load())
	}
}

// Where the manager cannot freeze, the kernel is asked. Another refusal stands.
func TestKernelFreezesWhatTheManagerCannot(t *testing.T) {
	for name, isTried := range map[string]bool{systemd1.NotSupported: true, systemd1.UnknownMethod: true, systemd1.AccessDenied: false} {
		manage(t, func(call *dbus.Message) []*dbus.Message { return []*dbus.Message{bustest.Error(call, name, "no")} })
		s := running(t)
		s.Cgroup = "/gorun-test-that-is-not-there"
		err := s.Freeze(t.Context())
		if errors.Is(err, ErrEnded) != isTried {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// stops plays a manager whose stop jobs end: a.scope in time, b.scope not.
func stops(call *dbus.Message) []*dbus.Message {
	if bustest.Member(call) != "Stop" {
		return []*dbus.Message{bustest.Error(call, systemd1.UnknownMethod, "no")}
	}
	path, _ := call.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	name := path[strings.LastIndex(string(path), "/")+1:]
	job := dbus.ObjectPath("/org/freedesktop/systemd1/job/" + string(name))
	removed := func(result string) *dbus.Message {
		return bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(7), job, strings.ReplaceAll(string(name), "_2e", "."), result)
	}
	switch {
	case path == systemd1.UnitPath("a.scope"):
		return []*dbus.Message{bustest.Reply(call, job), changed("a.scope", "Scope", map[string]any{"Result": "success"}), removed("done")}
	case path == systemd1.UnitPath("b.scope"):
		return []*dbus.Message{bustest.Reply(call, job), changed("b.scope", "Scope", map[string]any{"Result": "timeout"}), removed("done")}
	case path == systemd1.UnitPath("c.scope"):
		return []*dbus.Message{bustest.Reply(call, job), removed("canceled")}
	}
	return gone(call)
}

func TestScopesAreStoppedOverOneConnection(t *testing.T) {
	peer := manage(t, stops)
	var list []*Scope
	for _, unit := range []string{"a.scope", "b.scope", "c.scope", "gone.scope"} {
		s := running(t)
		s.Unit, s.InvocationID = unit, ""
		list = append(list, s)
	}
	got := StopAll(t.Context(), list)
	if got[0] != (Stopped{Success, nil}) || got[1] != (Stopped{TimedOut, nil}) || got[2].Err == nil || !strings.Contains(got[2].Err.Error(), "canceled") || got[3] != (Stopped{}) {
		t.Errorf("got %+v", got)
	}
	if n := peer.Connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if result, err := list[1].StopResult(t.Context()); result != TimedOut || err != nil {
		t.Errorf("one: %v, %v", result, err)
	}
	if got := StopAll(t.Context(), nil); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
}
