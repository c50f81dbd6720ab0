// Package bustest is a fake D-Bus peer for tests. A function answers its calls.
package bustest

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Answer returns the messages to send back for a call: replies made by [Reply] and
// [Error], signals, and [HangUp].
type Answer func(call *dbus.Message) []*dbus.Message

// HangUp closes the connection when an [Answer] returns it instead of a message.
var HangUp = new(dbus.Message)

// Peer is a D-Bus peer that listens on a socket.
type Peer struct {
	Connections atomic.Int32 // accepted so far
	Open        atomic.Int32 // not closed yet
	Calls       atomic.Int32 // messages received
}

// Listen runs a peer on a socket at path until the test ends.
func Listen(t testing.TB, path string, answer Answer) *Peer {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &Peer{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			p.Connections.Add(1)
			p.Open.Add(1)
			go func() {
				defer p.Open.Add(-1)
				p.Serve(conn, answer)
			}()
		}
	}()
	return p
}

// Serve runs a peer on a connection until the connection is closed. The descriptors of a
// call are open until it is answered.
func (p *Peer) Serve(conn net.Conn, answer Answer) {
	defer conn.Close()
	in := &fileReader{conn: conn}
	defer in.close()
	if !authenticate(conn, in) || len(in.fds) > 0 { // see outgoingFiles in package bus
		return
	}
	w := &writer{owner: Owner}
	for {
		call, err := in.decode()
		if err != nil {
			return
		}
		p.Calls.Add(1)
		answers := []*dbus.Message{Reply(call, w.owner)}
		if Member(call) != "GetNameOwner" {
			answers = answer(call)
		}
		out, hangUp := w.encode(call, answers)
		if len(out) > 0 {
			conn.Write(out) // if it fails, so does the next read
		}
		if hangUp {
			return
		}
	}
}

// writer encodes the messages to one connection.
type writer struct {
	serial uint32
	owner  string // of all names
	isBus  bool   // the client has said Hello
}

// encode encodes the answers to a call, up to [HangUp].
func (w *writer) encode(call *dbus.Message, answers []*dbus.Message) (out []byte, hangUp bool) {
	w.isBus = w.isBus || Member(call) == "Hello"
	for _, m := range answers {
		if m == HangUp {
			return out, true
		}
		if w.isBus {
			stamp(m, call, w.owner)
		}
		if next := newOwner(m); next != "" {
			w.owner = next
		}
		w.serial++
		out = append(out, encode(m, w.serial)...)
	}
	return out, false
}

// Owner is the unique name of the peer on a message bus. It owns all names, until a test
// sends NameOwnerChanged.
const Owner = ":1.1"

// driver is the name of the message bus itself.
const driver = "org.freedesktop.DBus"

// newOwner is whom a signal of the message bus's says to own a name from now on.
func newOwner(m *dbus.Message) string {
	if m.Headers[dbus.FieldSender].Value() != driver || m.Headers[dbus.FieldMember].Value() != "NameOwnerChanged" || len(m.Body) != 3 {
		return ""
	}
	owner, _ := m.Body[2].(string)
	return owner
}

// stamp adds the sender, as a message bus does, unless the test has.
func stamp(m, call *dbus.Message, owner string) {
	if _, isStamped := m.Headers[dbus.FieldSender]; isStamped {
		return
	}
	sender := owner
	isReply := m.Type != dbus.TypeSignal
	if isReply && call.Headers[dbus.FieldDestination].Value() == driver || !isReply && m.Headers[dbus.FieldInterface].Value() == driver {
		sender = driver
	}
	m.Headers[dbus.FieldSender] = dbus.MakeVariant(sender)
}

// From makes a message of another client of the message bus.
func From(sender string, m *dbus.Message) *dbus.Message {
	m.Headers[dbus.FieldSender] = dbus.MakeVariant(sender)
	return m
}

// authenticate answers the handshake:
//
//	\0AUTH EXTERNAL
//	DATA
//	NEGOTIATE_UNIX_FD
//	BEGIN
func authenticate(conn net.Conn, in *fileReader) bool {
	for {
		line, err := in.line()
		switch {
		case err != nil:
			return false
		case line == "BEGIN\r\n":
			return true
		case line == "NEGOTIATE_UNIX_FD\r\n":
			conn.Write([]byte("AGREE_UNIX_FD\r\n")) // if it fails, so does the next read
		case line == "\x00AUTH EXTERNAL\r\n":
			conn.Write([]byte("DATA\r\n")) // if it fails, so does the next read
		default:
			conn.Write([]byte("OK 0123456789abcdef0123456789abcdef\r\n")) // if it fails, so does the next read
		}
	}
}

// encode encodes a message with its serial.
func encode(m *dbus.Message, serial uint32) []byte {
	if len(m.Body) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(m.Body...))
	}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		panic(err) // an error in the test
	}
	binary.LittleEndian.PutUint32(b.Bytes()[8:], serial)
	return b.Bytes()
}

// Member is the name of the called method.
func Member(call *dbus.Message) string {
	name, _ := call.Headers[dbus.FieldMember].Value().(string) // validated by the decoder
	return name
}

// Reply answers a call with values.
func Reply(call *dbus.Message, body ...any) *dbus.Message {
	return &dbus.Message{Type: dbus.TypeMethodReply, Headers: replyHeaders(call), Body: body}
}

// Error answers a call with an error.
func Error(call *dbus.Message, name, text string) *dbus.Message {
	m := &dbus.Message{Type: dbus.TypeError, Headers: replyHeaders(call), Body: []any{text}}
	m.Headers[dbus.FieldErrorName] = dbus.MakeVariant(name)
	return m
}

func replyHeaders(call *dbus.Message) map[dbus.HeaderField]dbus.Variant {
	return map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(call.Serial())}
}

// Signal makes a signal. name is INTERFACE.MEMBER.
func Signal(path dbus.ObjectPath, name string, body ...any) *dbus.Message {
	dot := strings.LastIndexByte(name, '.')
	return &dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:      dbus.MakeVariant(path),
			dbus.FieldInterface: dbus.MakeVariant(name[:dot]),
			dbus.FieldMember:    dbus.MakeVariant(name[dot+1:]),
		},
		Body: body,
	}
}
