package bus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus/bustest"
)

// recorder records the writes to a connection.
type recorder struct {
	net.Conn
	writes [][]byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.writes = append(r.writes, bytes.Clone(b))
	return r.Conn.Write(b)
}

// socketPair returns both ends of a connection. ([net.Pipe] does not buffer: it would
// block if both ends write at once.)
func socketPair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]net.Conn
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socketpair")
		conns[i], err = net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	return conns[0], conns[1]
}

// connect connects to a fake peer that answers calls by answer.
func connect(t *testing.T, address Address, answer bustest.Answer) (*Conn, *recorder) {
	t.Helper()
	ours, theirs := socketPair(t)
	go new(bustest.Peer).Serve(theirs, answer)
	r := &recorder{Conn: ours}
	c := NewConn(address, r)
	t.Cleanup(func() { c.Close() })
	return c, r
}

// call is a complete call of member.
func call(member string, args ...any) Call {
	return Call{Destination: "org.example", Path: "/", Interface: "org.example", Member: member, Args: args}
}

// echo answers every call with its first argument.
func echo(call *dbus.Message) []*dbus.Message {
	return []*dbus.Message{bustest.Reply(call, call.Body...)}
}

func TestHandshakeAndFirstCallAreOneWrite(t *testing.T) {
	for name, address := range map[string]Address{"peer": {}, "message bus": {MessageBus: true}} {
		t.Run(name, func(t *testing.T) {
			c, r := connect(t, address, echo)
			c.Match(Rule{Member: "Any"})
			long := strings.Repeat("x", 200)
			got, err := c.Call(t.Context(), call("Echo", long))
			if err != nil || len(got) != 1 || got[0] != long {
				t.Fatalf("got %v, %v", got, err)
			}
			if len(r.writes) != 1 || !bytes.HasPrefix(r.writes[0], []byte("\x00AUTH EXTERNAL\r\nDATA\r\n")) {
				t.Errorf("wrote %d times: %q", len(r.writes), r.writes)
			}
			if hello := bytes.Contains(r.writes[0], []byte("Hello")); hello != address.MessageBus {
				t.Errorf("said Hello: %v", hello)
			}
		})
	}
}

// See authBuffer.
func TestShortFirstCallWaitsForTheHandshake(t *testing.T) {
	c, r := connect(t, Address{}, echo)
	if got, err := c.Call(t.Context(), call("Echo", "x")); err != nil || len(got) != 1 || got[0] != "x" {
		t.Fatalf("got %v, %v", got, err)
	}
	if len(r.writes) != 2 || !bytes.HasSuffix(r.writes[0], []byte("\r\nBEGIN\r\n")) {
		t.Errorf("wrote %d times: %q", len(r.writes), r.writes)
	}
}

func TestErrorReplyKeepsItsName(t *testing.T) {
	c, _ := connect(t, Address{}, func(m *dbus.Message) []*dbus.Message {
		return []*dbus.Message{bustest.Error(m, "org.example.No", "not today")}
	})
	_, err := c.Call(t.Context(), call("Try"))
	var e dbus.Error
	if !errors.As(err, &e) || e.Name != "org.example.No" || e.Error() != "not today" {
		t.Errorf("got %#v", err)
	}
}

func TestSignalBeforeTheReplyIsNotLost(t *testing.T) {
	c, _ := connect(t, Address{}, func(call *dbus.Message) []*dbus.Message {
		return []*dbus.Message{
			bustest.Signal("/a", "org.example.Early", uint32(1)),
			bustest.Signal("/a", "org.example.Wanted", uint32(2)),
			bustest.Reply(call),
			bustest.Signal("/a", "org.example.Wanted", uint32(3)),
		}
	})
	c.Match(Rule{Interface: "org.example"})
	if _, err := c.Call(t.Context(), call("Try")); err != nil {
		t.Fatal(err)
	}
	wanted := func(m *dbus.Message) bool { return bustest.Member(m) == "Wanted" }
	for _, want := range []uint32{2, 3} {
		m, err := c.Signal(t.Context(), wanted)
		if err != nil || m.Body[0] != want {
			t.Errorf("got %v, %v; want %d", m, err, want)
		}
	}
}

func TestCallToASilentPeerEndsAtTheDeadline(t *testing.T) {
	c, _ := connect(t, Address{}, func(*dbus.Message) []*dbus.Message { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, call("Try")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestRejectedUserIsAnError(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		theirs.Read(make([]byte, 4096))
		theirs.Write([]byte("REJECTED EXTERNAL\r\n"))
		theirs.Close()
	}()
	c := NewConn(Address{}, ours)
	defer c.Close()
	if _, err := c.Call(t.Context(), call("Try")); !errors.Is(err, ErrRejected) {
		t.Errorf("got %v", err)
	}
}

func TestNextCallWorksAfterAnInvalidArgument(t *testing.T) {
	c, _ := connect(t, Address{}, echo)
	if _, err := c.Call(t.Context(), call("Echo", "a\x00b")); err == nil {
		t.Error("a string with NUL was sent")
	}
	if got, err := c.Call(t.Context(), call("Echo", "x")); err != nil || got[0] != "x" {
		t.Errorf("the next call got %v, %v", got, err)
	}
}

func TestParseAddress(t *testing.T) {
	for in, want := range map[string]string{
		"unix:path=/run/user/1000/bus":               "/run/user/1000/bus",
		"unix:path=/run/user/1000/bus,guid=1f2e":     "/run/user/1000/bus",
		"unix:guid=1f2e,path=/b":                     "/b",
		"unix:abstract=/tmp/dbus-XYZ,guid=1":         "@/tmp/dbus-XYZ",
		"tcp:host=localhost,port=1;unix:path=/b%20c": "/b c",
	} {
		got, err := ParseAddress(in)
		if err != nil || got.Path != want || !got.MessageBus {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "tcp:host=localhost", "unix:guid=1", "unix:path=%zz", "autolaunch:"} {
		if got, err := ParseAddress(in); err == nil {
			t.Errorf("%q: got %+v, want an error", in, got)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("unix:path=/run/user/1000/bus,guid=1f2e;unix:abstract=/tmp/x")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := ParseAddress(s); err == nil && a.Path == "" {
			t.Errorf("%q: no error and no path", s)
		}
	})
}

// Both decoders make the same of a message.
func TestBasicMessagesAreDecodedAsOthersAre(t *testing.T) {
	decode := func(m *dbus.Message) (basic *dbus.Message, ok bool, full *dbus.Message) {
		var raw bytes.Buffer
		if len(m.Body) > 0 {
			m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(m.Body...))
		}
		if err := m.EncodeTo(&raw, binary.LittleEndian); err != nil {
			t.Fatal(err)
		}
		data := raw.Bytes()
		h, head, err := readHeader(bytes.NewReader(data), nil)
		if err != nil {
			t.Fatal(err)
		}
		basic, ok = h.decode(data[len(head):])
		if full, err = dbus.DecodeMessage(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		return basic, ok, full
	}
	asked := call("Ask")
	for _, m := range []*dbus.Message{
		bustest.Signal("/a", "org.example.Removed", uint32(7), dbus.ObjectPath("/job/7"), "x.scope", "done"),
		bustest.Signal("/a", "org.example.Nothing"),
		bustest.Reply(asked.message(), dbus.ObjectPath("/job/8")),
		bustest.Reply(asked.message(), "käse", uint32(0)),
	} {
		basic, ok, full := decode(m)
		if !ok || basic.Type != full.Type || !reflect.DeepEqual(basic.Body, full.Body) {
			t.Errorf("got %v, %v; want %v", basic, ok, full)
			continue
		}
		for _, field := range []dbus.HeaderField{dbus.FieldPath, dbus.FieldInterface, dbus.FieldMember} {
			if !reflect.DeepEqual(basic.Headers[field], full.Headers[field]) {
				t.Errorf("%v: header %d: got %v, want %v", full, field, basic.Headers[field], full.Headers[field])
			}
		}
	}
	for _, m := range []*dbus.Message{
		bustest.Error(asked.message(), "org.example.No", "no"),
		bustest.Signal("/a", "org.example.Changed", map[string]dbus.Variant{"A": dbus.MakeVariant("b")}),
		bustest.Reply(asked.message(), true),
	} {
		if basic, ok, full := decode(m); ok {
			t.Errorf("%v: got %v, want none", full, basic)
		}
	}
}
