package scope

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/bus/bustest"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

func TestStopOfAScopeThatHasEndedIsNoError(t *testing.T) {
	peer := manage(t, gone)
	if err := running(t).Stop(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	eventually(t, "the connection is closed", func() bool { return peer.Open.Load() == 0 })
}

func TestControlNeverAffectsALaterRunOfTheSameName(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if path := call.Headers[dbus.FieldPath].Value(); path != systemd1.UnitPath(run) {
			t.Errorf("%s of %v", bustest.Member(call), path)
		}
		return gone(call)
	})
	s := running(t)
	if err := s.Kill(t.Context(), unix.SIGTERM); !errors.Is(err, ErrEnded) {
		t.Errorf("Kill: %v", err)
	}
	if err := s.SetProperties(t.Context(), parse(t, "TasksMax=5")); !errors.Is(err, ErrEnded) {
		t.Errorf("SetProperties: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func TestStopIsRepeatedIfTheManagerHangsUp(t *testing.T) {
	var calls atomic.Int32
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if calls.Add(1) < 3 {
			return []*dbus.Message{bustest.Reply(call, job), bustest.HangUp}
		}
		return gone(call)
	})
	if err := running(t).Stop(t.Context()); err != nil || calls.Load() != 3 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

func TestOpenAsksAgainIfTheManagerHangsUp(t *testing.T) {
	var calls atomic.Int32
	manage(t, func(call *dbus.Message) []*dbus.Message {
		switch {
		case calls.Add(1) == 1:
			return []*dbus.Message{bustest.HangUp}
		case call.Body[1] == "InvocationID":
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant([]byte("0123456789abcdef")))}
		}
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("/app.slice/x.scope"))}
	})
	if s, err := Open(t.Context(), UserManager, "x.scope"); err != nil || s.Cgroup != "/app.slice/x.scope" {
		t.Errorf("got %+v, %v", s, err)
	}
}

// So does a message bus answer when the manager leaves it to re-execute.
func TestQuestionIsRepeatedIfTheManagerLeavesTheBus(t *testing.T) {
	var calls atomic.Int32
	manage(t, func(call *dbus.Message) []*dbus.Message {
		if calls.Add(1) == 1 {
			return []*dbus.Message{bustest.Error(call, systemd1.NoReply, "Message recipient disconnected from message bus without replying")}
		}
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("257"))}
	})
	err := running(t).ask(t.Context(), "ask about", func(conn *bus.Conn) error {
		_, err := systemd1.Version(t.Context(), conn)
		return err
	})
	if err != nil || calls.Load() != 2 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

func TestControlReturnsTheManagersErrors(t *testing.T) {
	manage(t, func(call *dbus.Message) []*dbus.Message {
		switch bustest.Member(call) {
		case "SetProperties":
			return []*dbus.Message{bustest.Error(call, systemd1.PropertyReadOnly, "Cannot set property OOMPolicy, or unknown property.")}
		case "Stop":
			return []*dbus.Message{
				bustest.Reply(call, job),
				bustest.Signal(systemd1.Path, systemd1.Interface+".JobRemoved", uint32(7), job, "x.scope", "canceled"),
			}
		}
		return []*dbus.Message{bustest.Error(call, systemd1.AccessDenied, "Access denied")}
	})
	s := running(t)
	var refused *CallError
	if err := s.Kill(t.Context(), unix.SIGTERM); !errors.As(err, &refused) || !refused.Refused() || err.Error() != "kill x.scope: Access denied" {
		t.Errorf("Kill: %v", err)
	}
	if err := s.Stop(t.Context()); !errors.As(err, &refused) || refused.Name != "canceled" {
		t.Errorf("Stop: %v", err)
	}
	var fixed *property.Error
	if err := s.SetProperties(t.Context(), parse(t, "OOMPolicy=kill")); !errors.As(err, &fixed) || fixed.Value != "kill" {
		t.Errorf("SetProperties: %v", err)
	}
}

func TestOpenFindsTheCurrentRun(t *testing.T) {
	id := []byte{1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	var lock sync.Mutex
	manage(t, func(call *dbus.Message) []*dbus.Message {
		lock.Lock()
		defer lock.Unlock()
		if call.Body[1] == "InvocationID" {
			return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant(id))}
		}
		return []*dbus.Message{bustest.Reply(call, dbus.MakeVariant("/app.slice/x.scope"))}
	})
	s, err := Open(t.Context(), UserManager, "x.scope")
	if err != nil || s.InvocationID != run || s.Cgroup != "/app.slice/x.scope" || s.Manager != UserManager {
		t.Errorf("got %+v, %v", s, err)
	}
	lock.Lock()
	id = []byte{}
	lock.Unlock()
	if _, err := Open(t.Context(), UserManager, "x.scope"); !errors.Is(err, ErrEnded) {
		t.Errorf("without a run: %v", err)
	}
	var name *UnitNameError
	if _, err := Open(t.Context(), UserManager, "x.service"); !errors.As(err, &name) {
		t.Errorf("a service: %v", err)
	}
}

func TestLaterRunOfANameIsKnownFromTheManagersNote(t *testing.T) {
	manage(t, gone)
	s := running(t)
	dir := filepath.Join(s.at.runtimeDir, "systemd/units")
	if !s.IsCurrent() {
		t.Error("without a note")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{run: true, strings.Repeat("ab", 16): false} {
		note := filepath.Join(dir, "invocation:x.scope")
		os.Remove(note) // of the last round
		if err := os.Symlink(id, note); err != nil {
			t.Fatal(err)
		}
		if got := s.IsCurrent(); got != want {
			t.Errorf("%s: got %v", id, got)
		}
	}
}
