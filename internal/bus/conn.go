package bus

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// ErrRejected is returned when the peer does not accept our user.
var ErrRejected = errors.New("authentication rejected")

// Conn is a connection to a D-Bus peer. It is not safe for concurrent use.
type Conn struct {
	address       Address
	sock          net.Conn
	ear           *ear
	in            *bufio.Reader // from ear
	out           bytes.Buffer  // the queue, sent with the next call
	serial        uint32        // the serial of the last queued message
	handshake     int           // the size of the handshake at the start of out
	authenticated bool          // the peer has accepted us
	files         outgoingFiles
	owners        owners
	rules         []Rule          // of the signals that are kept
	signals       []*dbus.Message // that came and that nobody has taken
	buffer        []byte          // of the last message
	held          io.Closer       // closed with the connection; nil if there is nothing
}

// Call names a method and its arguments.
type Call struct {
	Destination string // bus name; a direct peer ignores it
	Path        dbus.ObjectPath
	Interface   string
	Member      string
	// Args may hold descriptors, of type [dbus.UnixFD]. The caller still has to close
	// them. If a later call of a connection has descriptors, its first call must
	// have some too.
	Args []any
	// Interactive lets polkit ask the user for a password. The context has to leave
	// time for that.
	Interactive bool
}

// NewConn speaks D-Bus over sock. [Conn.Close] closes sock.
func NewConn(address Address, sock net.Conn) *Conn {
	c := &Conn{address: address, sock: sock, ear: &ear{Reader: sock}}
	c.in = bufio.NewReader(c.ear)
	// The peer knows who we are from the kernel. Inside a user namespace we do not know
	// it, and a UID that is not the peer's is rejected (bus_socket_start_auth_client in
	// sd-bus claims none either).
	c.out.WriteString("\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")
	c.handshake = c.out.Len()
	if address.MessageBus {
		c.greetBus()
	}
	return c
}

// Address is the peer's address.
func (c *Conn) Address() Address { return c.address }

// Close ends the connection. The peer then drops its state for the connection.
func (c *Conn) Close() error {
	defer c.Release()
	return c.sock.Close()
}

// CloseWith has [Conn.Close] also close held, unless [Conn.Release] does that before.
func (c *Conn) CloseWith(held io.Closer) { c.held = held }

// Release closes what [Conn.CloseWith] was given.
func (c *Conn) Release() {
	if c.held != nil {
		c.held.Close() // nothing was written that could fail late
		c.held = nil
	}
}

// Call calls a method and waits for its result. An error reply of the peer is
// returned as a [dbus.Error]; its name says what went wrong.
func (c *Conn) Call(ctx context.Context, call Call) ([]any, error) {
	serial, err := c.send(call)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call.Member, err)
	}
	reply, err := c.await(ctx, func(h *header) bool {
		return h.isReply() && h.replySerial == serial && c.isFrom(call.Destination, h)
	})
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call.Member, err)
	}
	r := newReply(reply)
	return r.Body, r.Err
}

// send queues a call and returns its serial.
func (c *Conn) send(call Call) (serial uint32, err error) {
	if err := c.track(call.Destination); err != nil {
		return 0, err
	}
	return c.queue(call.message())
}

// Match keeps the signals of a rule for [Conn.Signal], from now on. Other signals are
// dropped.
func (c *Conn) Match(rule Rule) error {
	c.rules = append(c.rules, rule)
	if err := c.track(rule.Sender); err != nil {
		return err
	}
	return c.addMatch(rule)
}

// addMatch subscribes to signals. A direct peer sends all its signals without that.
func (c *Conn) addMatch(rule Rule) error {
	if !c.address.MessageBus {
		return nil
	}
	m := busCall("AddMatch", rule.String()).message()
	m.Flags |= dbus.FlagNoReplyExpected
	_, err := c.queue(m)
	return err
}

// Signal returns the first signal that wanted accepts. It looks first at signals that
// arrived during a call, and then waits for new ones.
func (c *Conn) Signal(ctx context.Context, wanted func(*dbus.Message) bool) (*dbus.Message, error) {
	for i, m := range c.signals {
		if wanted(m) {
			c.signals = c.signals[i+1:]
			return m, nil
		}
	}
	c.signals = nil
	for {
		m, err := c.await(ctx, nil)
		if err != nil {
			return nil, fmt.Errorf("wait for a signal: %w", err)
		}
		if wanted(m) {
			return m, nil
		}
	}
}

// message is the call as a D-Bus message.
func (call Call) message() *dbus.Message {
	m := &dbus.Message{
		Type: dbus.TypeMethodCall,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(call.Destination),
			dbus.FieldPath:        dbus.MakeVariant(call.Path),
			dbus.FieldInterface:   dbus.MakeVariant(call.Interface),
			dbus.FieldMember:      dbus.MakeVariant(call.Member),
		},
		Body: call.Args,
	}
	if len(call.Args) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(call.Args...))
	}
	if call.Interactive {
		m.Flags |= dbus.FlagAllowInteractiveAuthorization
	}
	return m
}

// busCall calls the message bus itself.
func busCall(member string, args ...any) Call {
	return Call{
		Destination: "org.freedesktop.DBus",
		Path:        "/org/freedesktop/DBus",
		Interface:   "org.freedesktop.DBus",
		Member:      member,
		Args:        args,
	}
}

// greetBus queues Hello, which has to be the first call to a message bus. Its reply, our
// bus name, is not needed.
func (c *Conn) greetBus() {
	c.queue(busCall("Hello").message()) // cannot fail: the message is constant
}

// queue appends a message to the queue and returns its serial.
func (c *Conn) queue(m *dbus.Message) (serial uint32, err error) {
	start := c.out.Len()
	if err := c.encode(m); err != nil {
		c.out.Truncate(start)
		return 0, err
	}
	c.serial++
	// godbus numbers messages only in its own connections. The serial is the
	// third word of the fixed header (D-Bus specification, "Message Format").
	binary.LittleEndian.PutUint32(c.out.Bytes()[start+8:], c.serial)
	return c.serial, nil
}

// encode appends a message to the queue without a serial.
func (c *Conn) encode(m *dbus.Message) error {
	start := c.out.Len()
	files, err := m.EncodeToWithFDs(&c.out, binary.LittleEndian)
	if err != nil || len(files) == 0 {
		return err
	}
	// Encode it again with the header for the number of descriptors, now known.
	c.out.Truncate(start)
	m.Headers[dbus.FieldUnixFDs] = dbus.MakeVariant(uint32(len(files)))
	if _, err := m.EncodeToWithFDs(&c.out, binary.LittleEndian); err != nil {
		return err
	}
	return c.passFiles(files, start)
}

// await sends the queue and reads until the reply arrives that isMine accepts. Signals are
// kept for [Conn.Signal]. If isMine is nil, await returns the next signal instead.
func (c *Conn) await(ctx context.Context, isMine func(*header) bool) (*dbus.Message, error) {
	stop := context.AfterFunc(ctx, func() { c.sock.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.ear.silence = silenceOf(ctx)
	m, err := c.exchange(isMine)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx) // the socket's error is only the consequence
	}
	return m, err
}

func (c *Conn) exchange(isMine func(*header) bool) (*dbus.Message, error) {
	if !c.authenticated && (c.out.Len() <= authBuffer || c.files.needHandshake()) {
		if err := c.greet(); err != nil {
			return nil, err
		}
	}
	if err := c.flush(); err != nil {
		return nil, err
	}
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	for {
		m, err := c.receive(isMine)
		switch {
		case err != nil:
			return nil, err
		case m == nil: // for nobody here
		case m.Type == dbus.TypeSignal && isMine != nil:
			c.signals = append(c.signals, m)
		default:
			return m, nil
		}
	}
}

// receive reads a message: a reply that isMine accepts, or a signal of one of the rules.
// It returns nil after any other message, whose body it does not decode: a manager sends
// each direct peer the signals of all units.
func (c *Conn) receive(isMine func(*header) bool) (*dbus.Message, error) {
	h, raw, err := readHeader(c.in, c.buffer)
	c.buffer = raw
	if err != nil {
		return nil, err
	}
	isReply := isMine != nil && isMine(&h)
	if !isReply && string(h.sender) != driver && !c.isWanted(&h, nil) {
		_, err := c.in.Discard(h.body)
		return nil, err
	}
	head := len(raw)
	raw = slices.Grow(raw, h.body)[:head+h.body]
	c.buffer = raw // the header's names stay in the old one, if it had to grow
	body := raw[head:]
	if _, err := io.ReadFull(c.in, body); err != nil {
		return nil, err
	}
	c.takeNews(&h, body)
	if !isReply && !c.isWanted(&h, body) {
		return nil, nil
	}
	if m, ok := h.decode(body); ok {
		return m, nil
	}
	return dbus.DecodeMessage(bytes.NewReader(raw))
}

// isWanted reports whether a message is a signal of one of the rules. A nil body is not
// looked at.
func (c *Conn) isWanted(h *header, body []byte) bool {
	return h.kind == dbus.TypeSignal && slices.ContainsFunc(c.rules, func(r Rule) bool {
		return r.selects(h) && c.isFrom(r.Sender, h) && (body == nil || r.selectsBody(h, body))
	})
}

// authBuffer is how much systemd reads at once during a handshake. If it reads part of a
// message along with the handshake, it handles that only when more arrives
// (bus_socket_read_auth in sd-bus). A short first call would be answered late or never.
const authBuffer = 256

// greet sends the handshake alone, and waits for its answer.
func (c *Conn) greet() error {
	handshake := c.out.Next(c.handshake)
	if c.files.needHandshake() {
		handshake = c.negotiateFiles(handshake)
	}
	if _, err := c.sock.Write(handshake); err != nil {
		return err
	}
	return c.authenticate()
}

// authenticate reads the peer's answers to AUTH and DATA, once:
//
//	DATA
//	OK 0123456789abcdef0123456789abcdef
func (c *Conn) authenticate() error {
	if c.authenticated {
		return nil
	}
	line, err := c.in.ReadString('\n')
	if err == nil && strings.TrimSpace(line) == "DATA" {
		line, err = c.in.ReadString('\n')
	}
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "OK ") {
		return fmt.Errorf("%w: %s", ErrRejected, strings.TrimSpace(line))
	}
	c.authenticated = true
	return c.filesAgreed()
}
