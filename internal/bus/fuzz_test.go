package bus

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// encoded is a message in D-Bus's format, nil if it cannot be written.
func encoded(m *dbus.Message) []byte {
	var b bytes.Buffer
	if m.EncodeTo(&b, binary.LittleEndian) != nil {
		return nil
	}
	return b.Bytes()
}

// seedMessages adds messages as a manager sends them to a fuzz target.
func seedMessages(f *testing.F) {
	f.Helper()
	for _, body := range [][]any{
		{uint32(7), dbus.ObjectPath("/org/freedesktop/systemd1/job/7"), "x.scope", "done"},
		{"org.freedesktop.systemd1.Scope", map[string]dbus.Variant{"Result": dbus.MakeVariant("success")}, []string{}},
		{dbus.ObjectPath("/org/freedesktop/systemd1/job/7")},
	} {
		m := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath("/org/freedesktop/systemd1")),
			dbus.FieldInterface: dbus.MakeVariant("org.freedesktop.systemd1.Manager"),
			dbus.FieldMember:    dbus.MakeVariant("JobRemoved"),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(body...)),
		}, Body: body}
		f.Add(encoded(m))
		m.Type = dbus.TypeMethodReply
		m.Headers[dbus.FieldReplySerial] = dbus.MakeVariant(uint32(3))
		f.Add(encoded(m))
	}
}

// What is decoded here is what package dbus decodes.
func FuzzDecode(f *testing.F) {
	seedMessages(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.NewReader(data)
		h, _, err := readHeader(in, nil)
		if err != nil || h.body > in.Len() {
			return
		}
		body := make([]byte, h.body)
		io.ReadFull(in, body) // it has as many
		own, ok := h.decode(body)
		if !ok {
			return
		}
		other, err := dbus.DecodeMessage(bytes.NewReader(data))
		if err != nil {
			return // it checks more
		}
		if own.Type != other.Type || !reflect.DeepEqual(own.Body, other.Body) {
			t.Errorf("decoded %v %q, package dbus %v %q", own.Type, own.Body, other.Type, other.Body)
		}
		for field, value := range own.Headers {
			if other.Headers[field].Value() != value.Value() {
				t.Errorf("field %d is %v, for package dbus %v", field, value, other.Headers[field])
			}
		}
	})
}

// Nobody but the owner of a name, and the bus itself for errors and owners, is heard.
func FuzzSender(f *testing.F) {
	const owner, serial = ":1.1", 3
	f.Add(":1.66", "JobRemoved", "org.example", byte(dbus.TypeSignal), uint32(serial))
	f.Add(driver, "NameOwnerChanged", "org.example", byte(dbus.TypeSignal), uint32(0))
	f.Add(driver, "GetNameOwner", ":1.5", byte(dbus.TypeMethodReply), uint32(2))
	f.Add(owner, "JobRemoved", "x", byte(dbus.TypeError), uint32(serial))
	f.Fuzz(func(t *testing.T, sender, member, text string, kind byte, reply uint32) {
		data := encoded(&dbus.Message{Type: dbus.Type(kind), Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath("/")),
			dbus.FieldInterface:   dbus.MakeVariant("org.example"),
			dbus.FieldMember:      dbus.MakeVariant(member),
			dbus.FieldErrorName:   dbus.MakeVariant("org.example.Failed"),
			dbus.FieldReplySerial: dbus.MakeVariant(reply),
			dbus.FieldSender:      dbus.MakeVariant(sender),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf("", "", "")),
		}, Body: []any{text, text, text}})
		c := NewConn(Address{MessageBus: true}, nil)
		c.in = bufio.NewReader(bytes.NewReader(data))
		c.rules = []Rule{{Sender: "org.example"}}
		c.owners = owners{map[string]string{"org.example": owner}, map[uint32]string{2: "org.example"}}
		heard, err := c.receive(func(h *header) bool {
			return h.isReply() && h.replySerial == serial && c.isFrom("org.example", h)
		})
		if err != nil {
			return
		}
		isError := dbus.Type(kind) == dbus.TypeError
		now := c.owners.byName["org.example"]
		if heard != nil && sender != now && !(sender == driver && isError) && sender != "org.example" {
			t.Errorf("%q is heard", sender)
		}
		if len(c.owners.byName) != 1 || now != owner && sender != driver {
			t.Errorf("%q changes the owners to %q", sender, c.owners.byName)
		}
	})
}

// Only a peer that says OK has accepted the caller. What follows its answer is left to be read.
func FuzzAuthenticate(f *testing.F) {
	f.Add([]byte("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\nl"), true)
	f.Add([]byte("REJECTED EXTERNAL\r\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, files bool) {
		c := NewConn(Address{}, nil)
		c.in = bufio.NewReader(bytes.NewReader(data))
		c.files.negotiated = files
		err := c.authenticate()
		if c.authenticated && !strings.HasPrefix(string(data), "OK ") && !strings.HasPrefix(strings.TrimSpace(string(data)), "DATA") {
			t.Errorf("%q is an acceptance", data)
		}
		if rest, _ := io.ReadAll(c.in); err == nil && !bytes.HasSuffix(data, rest) {
			t.Errorf("%q is left of %q", rest, data)
		}
		if err == nil && c.files.negotiated && !bytes.Contains(data, []byte("AGREE_UNIX_FD\r\n")) {
			t.Errorf("%q agrees to descriptors", data)
		}
	})
}
