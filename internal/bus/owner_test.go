package bus

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
)

// Any client of a message bus can send any message to any other.
func TestMessagesOfOtherClientsAreIgnored(t *testing.T) {
	const other = ":1.66"
	signal := func(n uint32) *dbus.Message { return bustest.Signal("/", "org.example.Ended", n) }
	c, _ := connect(t, Address{MessageBus: true}, func(call *dbus.Message) []*dbus.Message {
		if bustest.Member(call) != "Try" {
			return []*dbus.Message{bustest.Reply(call)}
		}
		moved := bustest.Signal("/org/freedesktop/DBus", "org.freedesktop.DBus.NameOwnerChanged", "org.example", bustest.Owner, ":1.7")
		forged := bustest.Signal("/org/freedesktop/DBus", "org.freedesktop.DBus.NameOwnerChanged", "org.example", bustest.Owner, other)
		return []*dbus.Message{
			bustest.From(other, signal(1)),
			bustest.From(other, bustest.Reply(call, "forged")),
			bustest.From(other, bustest.Error(call, "org.example.Forged", "no")),
			bustest.From(other, forged),
			bustest.From(other, signal(2)),
			bustest.Reply(call, "true"),
			signal(3),
			moved, // from now on the owner is :1.7
			bustest.From(bustest.Owner, signal(4)),
			signal(5),
		}
	})
	if err := c.Match(Rule{Sender: "org.example", Member: "Ended"}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Call(t.Context(), call("Try"))
	if err != nil || got[0] != "true" {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, want := range []uint32{3, 5} {
		m, err := c.Signal(t.Context(), func(*dbus.Message) bool { return true })
		if err != nil || m.Body[0] != want {
			t.Errorf("got %v, %v; want %d", m, err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if m, err := c.Signal(ctx, func(*dbus.Message) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v", m, err)
	}
}

// The manager may start for the call, and have no name before.
func TestReplyOfAnActivatedOwnerIsAccepted(t *testing.T) {
	c, _ := connect(t, Address{MessageBus: true}, func(call *dbus.Message) []*dbus.Message {
		arrived := bustest.Signal("/org/freedesktop/DBus", "org.freedesktop.DBus.NameOwnerChanged", "org.example", "", ":1.9")
		return []*dbus.Message{arrived, bustest.Reply(call, "here")}
	})
	if got, err := c.Call(t.Context(), call("Try")); err != nil || got[0] != "here" {
		t.Errorf("got %v, %v", got, err)
	}
}

// A manager sends each direct peer the signals of all units: a burst of launches would
// cost the square of their number.
func TestSignalsOfOtherUnitsCostNoMemory(t *testing.T) {
	const n = 1000
	changed := map[string]dbus.Variant{"ActiveState": dbus.MakeVariant("active"), "SubState": dbus.MakeVariant("running")}
	c, _ := connect(t, Address{}, func(call *dbus.Message) []*dbus.Message {
		var list []*dbus.Message
		for range n {
			list = append(list,
				bustest.Signal("/other", "org.freedesktop.DBus.Properties.PropertiesChanged", "x", changed, []string{}),
				bustest.Signal("/", "org.example.Removed", uint32(7), dbus.ObjectPath("/job"), "other.scope", "done"))
		}
		return append(list, bustest.Signal("/", "org.example.Removed", uint32(8), dbus.ObjectPath("/job"), "x.scope", "done"), bustest.Reply(call))
	})
	c.Match(Rule{Member: "Removed", Arg: 2, Value: "x.scope"})
	if _, err := c.Call(t.Context(), call("Try")); err != nil {
		t.Fatal(err)
	}
	if len(c.signals) != 1 || c.signals[0].Body[0] != uint32(8) {
		t.Errorf("kept %v", c.signals)
	}
	if cap(c.buffer) > 1024 {
		t.Errorf("the buffer has %d bytes", cap(c.buffer))
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add([]byte("l\x04\x00\x01\x05\x00\x00\x00\x01\x00\x00\x00\x10\x00\x00\x00\x01\x01o\x00\x02\x00\x00\x00/a\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := NewConn(Address{}, nil)
		h, _, err := readHeader(bytes.NewReader(data), c.buffer)
		if err == nil && h.body > maxMessage {
			t.Errorf("a body of %d bytes", h.body)
		}
		h.text(data, 2)
	})
}
