package scope

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
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

// A freeze that fails midway is undone. One that is refused, or of a scope that has ended, has
// frozen nothing.
func TestFreezeThatFailsIsUndone(t *testing.T) {
	for name, c := range map[string]struct {
		freeze, thaw string // errors of the manager; empty for silence, and for success
		asked, says  string
	}{
		"late":        {"", "", "Freeze Thaw", "freeze x.scope: the manager did not answer within 20ms; the run was not frozen: all of it runs again"},
		"failed":      {"org.example.Failed", "", "Freeze Thaw", "freeze x.scope: no; the run was not frozen: all of it runs again"},
		"both failed": {"org.example.Failed", "org.example.Failed", "Freeze Thaw", "freeze x.scope: no; some of the run may stand still: thaw x.scope: no"},
		"refused":     {systemd1.AccessDenied, "", "Freeze", "freeze x.scope: no"},
		"stopping":    {systemd1.UnitBusy, "", "Freeze", "freeze x.scope: no"},
		"inactive":    {systemd1.UnitInactive, "", "Freeze", "freeze x.scope: no"},
		"ended":       {systemd1.NoUnitForInvocationID, "", "Freeze", "freeze x.scope: the scope has ended"},
	} {
		var mutex sync.Mutex
		var asked []string
		manage(t, func(call *dbus.Message) []*dbus.Message {
			mutex.Lock()
			defer mutex.Unlock()
			member := bustest.Member(call)
			asked = append(asked, member)
			result := map[string]string{"Freeze": c.freeze, "Thaw": c.thaw}[member]
			switch {
			case result != "":
				return []*dbus.Message{bustest.Error(call, result, "no")}
			case member == "Thaw":
				return []*dbus.Message{bustest.Reply(call)}
			}
			return nil
		})
		limit := time.Minute
		if name == "late" {
			limit = 20 * time.Millisecond
		}
		ctx, cancel := bus.WithSilenceLimit(t.Context(), limit)
		err := running(t).Freeze(ctx)
		cancel()
		mutex.Lock()
		if got := strings.Join(asked, " "); got != c.asked || err == nil || err.Error() != c.says {
			t.Errorf("%s: asked %s: %v", name, got, err)
		}
		mutex.Unlock()
	}
}

// stops plays a manager whose stop jobs end: a.scope in time, b.scope not. A later run of a.scope is
// killed at once.
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
		return []*dbus.Message{bustest.Reply(call, job), changed("a.scope", "Scope", map[string]any{"Result": "success"}), removed("done"),
			changed("a.scope", "Scope", map[string]any{"Result": "timeout"}), changed("a.scope", "Unit", map[string]any{"SubState": "stop-sigkill"})}
	case path == systemd1.UnitPath("b.scope"):
		return []*dbus.Message{bustest.Reply(call, job), changed("b.scope", "Scope", map[string]any{"Result": "timeout"}),
			changed("b.scope", "Unit", map[string]any{"SubState": "stop-sigkill"}), changed("b.scope", "Unit", map[string]any{"SubState": "failed"}), removed("done")}
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
	if got[0] != (Stopped{Result: Success}) || got[1] != (Stopped{Result: TimedOut, Killed: true}) || got[2].Err == nil || !strings.Contains(got[2].Err.Error(), "canceled") || got[3] != (Stopped{Ended: true}) {
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
