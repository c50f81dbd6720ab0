package scope

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
)

const run = "0123456789abcdef0123456789abcdef"

// running is a scope of the manager that a test plays.
func running(t *testing.T) *Scope {
	t.Helper()
	list, _ := userEndpoints(os.Getenv)
	return &Scope{Unit: "x.scope", Manager: UserManager, InvocationID: run, at: list[0]}
}

// onBus plays a message bus with the manager on it, beside what [manage] plays.
func onBus(t *testing.T, answer bustest.Answer) *bustest.Peer {
	t.Helper()
	return bustest.Listen(t, filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"), answer)
}

// unit plays a manager with a unit that is running, and then sends more messages.
func unit(after ...*dbus.Message) bustest.Answer {
	return func(call *dbus.Message) []*dbus.Message {
		switch {
		case bustest.Member(call) != "Get":
			return []*dbus.Message{bustest.Reply(call)}
		case call.Body[1] == "ActiveState":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("active"))}
		case call.Body[1] == "Result":
			return append([]*dbus.Message{bustest.Reply(call, dbus.MakeVariant("success"))}, after...)
		}
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("loaded"))}
	}
}

// gone plays a manager that has forgotten the unit.
func gone(call *dbus.Message) []*dbus.Message {
	if call.Body != nil && call.Body[0] == systemd1.Interface {
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("257"))}
	}
	return []*dbus.Message{bustest.Error(call, "org.freedesktop.systemd1.NoUnitForInvocationID", "No unit.")}
}

// inTurn answers in another way each time that somebody asks for the state.
func inTurn(turns ...bustest.Answer) bustest.Answer {
	var lock sync.Mutex
	i := -1
	return func(call *dbus.Message) []*dbus.Message {
		lock.Lock()
		defer lock.Unlock()
		if bustest.Member(call) == "Get" && call.Body[1] == "ActiveState" && i < len(turns)-1 {
			i++
		}
		return turns[max(i, 0)](call)
	}
}

// changed is a signal of a unit's.
func changed(unit, kind string, values map[string]any) *dbus.Message {
	variants := map[string]dbus.Variant{}
	for name, v := range values {
		variants[name] = dbus.MakeVariant(v)
	}
	return bustest.Signal(systemd1.UnitPath(unit), "org.freedesktop.DBus.Properties.PropertiesChanged",
		"org.freedesktop.systemd1."+kind, variants, []string{})
}

func removed(unit string) *dbus.Message {
	return bustest.Signal(systemd1.Path, systemd1.Interface+".UnitRemoved", unit, systemd1.UnitPath(unit))
}

func TestResultIsTakenFromTheLastSignal(t *testing.T) {
	for name, c := range map[string]struct {
		signals []*dbus.Message
		want    Result
		killed  bool
	}{
		"time limit": {[]*dbus.Message{
			changed("y.scope", "Unit", map[string]any{"ActiveState": "inactive"}), // another one
			changed("x.scope", "Scope", map[string]any{"Result": "timeout"}),
			changed("x.scope", "Unit", map[string]any{"ActiveState": "deactivating"}),
			changed("x.scope", "Scope", map[string]any{"Result": "timeout"}),
			changed("x.scope", "Unit", map[string]any{"ActiveState": "failed"}),
		}, TimedOut, false},
		"killed": {[]*dbus.Message{
			changed("x.scope", "Scope", map[string]any{"Result": "timeout"}),
			changed("y.scope", "Unit", map[string]any{"SubState": "stop-sigkill"}), // another one
			changed("x.scope", "Unit", map[string]any{"ActiveState": "deactivating", "SubState": "stop-sigkill"}),
			changed("x.scope", "Unit", map[string]any{"ActiveState": "failed", "SubState": "failed"}),
		}, TimedOut, true},
		"end": {[]*dbus.Message{
			changed("x.scope", "Scope", map[string]any{"Result": "success"}),
			changed("x.scope", "Unit", map[string]any{"ActiveState": "inactive"}),
		}, Success, false},
	} {
		t.Run(name, func(t *testing.T) {
			manage(t, unit(c.signals...))
			if got, err := running(t).WaitEnd(t.Context()); got != (End{c.want, c.killed}) || err != nil {
				t.Errorf("got %+v, %v, want %q, %v", got, err, c.want, c.killed)
			}
		})
	}
}

func TestForgottenScopeHasAnUnknownResult(t *testing.T) {
	other := map[string]any{"InvocationID": []byte("another run of 16"), "ActiveState": "failed"}
	for name, answer := range map[string]bustest.Answer{
		"before the question": gone,
		"removed":             inTurn(unit(removed("x.scope")), gone),
		"name used again":     inTurn(unit(changed("x.scope", "Unit", other)), gone),
		"manager re-executes": inTurn(unit(bustest.HangUp), gone),
	} {
		t.Run(name, func(t *testing.T) {
			manage(t, answer)
			if got, err := running(t).Wait(t.Context()); got != Unknown || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestWaitSurvivesAManagerThatReExecutes(t *testing.T) {
	end := []*dbus.Message{
		changed("x.scope", "Scope", map[string]any{"Result": "oom-kill"}),
		changed("x.scope", "Unit", map[string]any{"ActiveState": "failed"}),
	}
	peer := manage(t, inTurn(unit(bustest.HangUp), unit(bustest.HangUp), unit(bustest.HangUp), unit(bustest.HangUp),
		unit(bustest.HangUp), unit(bustest.HangUp), unit(end...)))
	if got, err := running(t).Wait(t.Context()); got != OOMKilled || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if n := peer.Connections.Load(); n != 7 {
		t.Errorf("%d connections", n)
	}
}

func TestWaitPrefersTheMessageBusAndHoldsTheUnit(t *testing.T) {
	private := manage(t, unit())
	var lock sync.Mutex
	var asked []string
	back := bustest.Signal("/org/freedesktop/DBus", "org.freedesktop.DBus.NameOwnerChanged", systemd1.Name, "", ":1.7")
	away := bustest.Signal("/org/freedesktop/DBus", "org.freedesktop.DBus.NameOwnerChanged", systemd1.Name, ":1.5", "")
	answer := inTurn(unit(away, back), unit(changed("x.scope", "Unit", map[string]any{"ActiveState": "inactive"})))
	onBus(t, func(call *dbus.Message) []*dbus.Message {
		lock.Lock()
		asked = append(asked, bustest.Member(call))
		lock.Unlock()
		return answer(call)
	})
	if got, err := running(t).Wait(t.Context()); got != Success || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if n := private.Connections.Load(); n != 0 {
		t.Errorf("%d connections to the private socket", n)
	}
	lock.Lock()
	defer lock.Unlock()
	if i := slices.Index(asked, "Ref"); i < 0 || i < slices.Index(asked, "AddMatch") || slices.Contains(asked, "Subscribe") {
		t.Errorf("asked %v", asked)
	}
}

func TestWaitSubscribesToSignalsIfItMayNotHoldTheUnit(t *testing.T) {
	manage(t, unit())
	end := unit(changed("x.scope", "Unit", map[string]any{"ActiveState": "inactive"}))
	var subscribed atomic.Bool
	onBus(t, func(call *dbus.Message) []*dbus.Message {
		switch bustest.Member(call) {
		case "Ref":
			return []*dbus.Message{bustest.Error(call, systemd1.AccessDenied, "no")}
		case "Subscribe":
			subscribed.Store(true)
		}
		return end(call)
	})
	if got, err := running(t).Wait(t.Context()); got != Success || err != nil || !subscribed.Load() {
		t.Errorf("got %q, %v, subscribed: %v", got, err, subscribed.Load())
	}
}

func TestManagerThatIsNotOnTheBusIsHeardOnItsSocket(t *testing.T) {
	manage(t, unit(changed("x.scope", "Unit", map[string]any{"ActiveState": "inactive"})))
	onBus(t, func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{bustest.Error(call, systemd1.ServiceUnknown, "no")}
	})
	if got, err := running(t).Wait(t.Context()); got != Success || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCanceledWaitsLeaveNoConnectionAndNoGoroutine(t *testing.T) {
	peer := manage(t, unit())
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	s := running(t)
	done := make(chan error)
	const n = 50
	for range n {
		go func() {
			_, err := s.Wait(ctx)
			done <- err
		}()
	}
	eventually(t, "all are connected", func() bool { return peer.Calls.Load() == 4*n })
	cancel()
	for range n {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	eventually(t, "all connections are closed", func() bool { return peer.Open.Load() == 0 })
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// eventually waits for what happens in another goroutine of the test.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("this did not happen in time: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWaitWithoutAManagerIsAnError(t *testing.T) {
	manage(t, unit())
	s := running(t)
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	s.at.address.Path = "/nonexistent"
	s.at.runtimeDir = "/nonexistent"
	_, err := s.Wait(t.Context())
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "wait for x.scope") {
		t.Errorf("got %v", err)
	}
	var n *net.OpError
	if errors.As(err, &n) {
		t.Errorf("the error says more than the cause: %v", err)
	}
}
