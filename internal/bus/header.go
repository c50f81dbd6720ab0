package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
)

// header is the header of a message. Most messages on a manager's socket are about other
// units, and are dropped without decoding more than this.
type header struct {
	order       binary.ByteOrder
	kind        dbus.Type
	body        int // its size
	replySerial uint32
	// The names are parts of the buffer that the header was read into.
	path, iface, member, sender, signature []byte
}

// isReply reports whether the message answers a call.
func (h *header) isReply() bool { return h.kind == dbus.TypeMethodReply || h.kind == dbus.TypeError }

// maxMessage is the size of the largest message (D-Bus specification, "Message Format").
const maxMessage = 128 << 20

// errMalformed means that the peer does not speak D-Bus.
var errMalformed = errors.New("malformed D-Bus message")

// readHeader reads a message up to its body into a buffer, which it returns in its new
// size.
//
//	endianness, type, flags, version, body size, serial, array of (field code, variant)
func readHeader(in io.Reader, buffer []byte) (h header, raw []byte, err error) {
	raw = slices.Grow(buffer[:0], 16)[:16]
	if _, err := io.ReadFull(in, raw); err != nil {
		return h, nil, err
	}
	switch raw[0] {
	case 'l':
		h.order = binary.LittleEndian
	case 'B':
		h.order = binary.BigEndian
	default:
		return h, nil, fmt.Errorf("%w: byte order %q", errMalformed, raw[0])
	}
	h.kind = dbus.Type(raw[1])
	body, fields := h.order.Uint32(raw[4:]), h.order.Uint32(raw[12:])
	if body > maxMessage || fields > maxMessage {
		return h, nil, fmt.Errorf("%w: %d bytes", errMalformed, max(body, fields))
	}
	h.body = int(body)
	raw = slices.Grow(raw, align(int(fields), 8))[:16+align(int(fields), 8)]
	if _, err := io.ReadFull(in, raw[16:]); err != nil {
		return h, nil, err
	}
	return h, raw, h.parse(raw[16 : 16+fields])
}

// parse reads the fields.
func (h *header) parse(fields []byte) error {
	r := reader{order: h.order, rest: fields}
	for !r.failed && len(r.rest) > 0 {
		r.align(8)
		code := r.byte()
		switch signature := r.signature(); string(signature) {
		case "s", "o":
			h.setText(dbus.HeaderField(code), r.string())
		case "g":
			if value := r.signature(); dbus.HeaderField(code) == dbus.FieldSignature {
				h.signature = value
			}
		case "u":
			if value := r.uint32(); dbus.HeaderField(code) == dbus.FieldReplySerial {
				h.replySerial = value
			}
		default:
			return fmt.Errorf("%w: header field %d of type %s", errMalformed, code, signature)
		}
	}
	if r.failed {
		return errMalformed
	}
	return nil
}

func (h *header) setText(field dbus.HeaderField, value []byte) {
	switch field {
	case dbus.FieldPath:
		h.path = value
	case dbus.FieldInterface:
		h.iface = value
	case dbus.FieldMember:
		h.member = value
	case dbus.FieldSender:
		h.sender = value
	}
}

// text returns an argument of a body, if it is a string and only integers and strings
// stand before it.
func (h *header) text(body []byte, number int) (value []byte, ok bool) {
	r := reader{order: h.order, rest: body}
	for i := range len(h.signature) {
		switch h.signature[i] {
		case 'u', 'i', 'b':
			r.uint32()
		case 's', 'o':
			value := r.string()
			if i == number {
				return value, !r.failed
			}
		default:
			return nil, false
		}
	}
	return nil, false
}

// decode decodes a reply or a signal whose body has only numbers, strings and paths, as those
// of a launch have. Package dbus decodes all others, and what is malformed: it uses
// reflection, which takes a fiftieth of a launch.
func (h *header) decode(body []byte) (m *dbus.Message, ok bool) {
	isSignal := len(h.path) > 0 && len(h.iface) > 0 && len(h.member) > 0
	if h.kind != dbus.TypeMethodReply && (h.kind != dbus.TypeSignal || !isSignal) {
		return nil, false
	}
	m = &dbus.Message{Type: h.kind, Headers: map[dbus.HeaderField]dbus.Variant{}}
	if isSignal {
		m.Headers[dbus.FieldPath] = dbus.MakeVariant(dbus.ObjectPath(h.path))
		m.Headers[dbus.FieldInterface] = dbus.MakeVariant(string(h.iface))
		m.Headers[dbus.FieldMember] = dbus.MakeVariant(string(h.member))
	}
	r := reader{order: h.order, rest: body}
	for _, code := range h.signature {
		switch code {
		case 'u':
			m.Body = append(m.Body, r.uint32())
		case 's', 'o':
			text := r.string()
			r.failed = r.failed || !utf8.Valid(text)
			if code == 's' {
				m.Body = append(m.Body, string(text))
			} else {
				m.Body = append(m.Body, dbus.ObjectPath(text))
			}
		default:
			return nil, false
		}
	}
	return m, !r.failed && len(r.rest) == 0
}

// reader reads basic values. After a value that does not fit it has failed.
type reader struct {
	order  binary.ByteOrder
	rest   []byte
	at     int // how much has been read
	failed bool
}

func (r *reader) next(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest, r.at = r.rest[n:], r.at+n
	return b
}

func (r *reader) align(n int) { r.next(align(r.at, n) - r.at) }

func (r *reader) byte() byte {
	if b := r.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	r.align(4)
	if b := r.next(4); b != nil {
		return r.order.Uint32(b)
	}
	return 0
}

func (r *reader) string() []byte    { return r.terminated(int(r.uint32())) }
func (r *reader) signature() []byte { return r.terminated(int(r.byte())) }

// terminated reads n bytes and the zero byte that follows.
func (r *reader) terminated(n int) []byte {
	b := r.next(n + 1)
	if b == nil {
		return nil
	}
	return b[:n]
}

// align rounds up to a multiple of n.
func align(size, n int) int { return (size + n - 1) / n * n }
