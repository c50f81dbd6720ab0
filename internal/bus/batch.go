package bus

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Reply is what a peer answers to one of several calls.
type Reply struct {
	Body []any
	Err  error // a [dbus.Error]; nil if the call succeeded
}

// maxBatch is how many calls are sent before an answer is read. The bounds are what the peer may
// queue for a client (BUS_WQUEUE_MAX in sd-bus), and the answers that a client of a message bus
// may wait for (max_replies_per_connection in dbus-daemon(1), which some have at 128).
const (
	maxBatch      = 1024
	maxBatchOnBus = 100
)

// CallAll makes many calls, and waits for the results, which are in the order of the calls. It
// takes a round trip for a thousand of them, over a message bus for a hundred. The error is that of the connection.
func (c *Conn) CallAll(ctx context.Context, calls []Call) ([]Reply, error) {
	most := maxBatch
	if c.address.MessageBus {
		most = maxBatchOnBus
	}
	replies := make([]Reply, 0, len(calls))
	for len(calls) > 0 {
		n := min(len(calls), most)
		batch, err := c.callBatch(ctx, calls[:n])
		if err != nil {
			return nil, err
		}
		replies, calls = append(replies, batch...), calls[n:]
	}
	return replies, nil
}

func (c *Conn) callBatch(ctx context.Context, calls []Call) ([]Reply, error) {
	places := map[uint32]int{} // of the calls whose answers are missing, by serial
	for i, call := range calls {
		serial, err := c.send(call)
		if err != nil {
			return nil, fmt.Errorf("call %s: %w", call.Member, err)
		}
		places[serial] = i
	}
	replies := make([]Reply, len(calls))
	for len(places) > 0 {
		var serial uint32
		reply, err := c.await(ctx, func(h *header) bool {
			i, mine := places[h.replySerial]
			serial = h.replySerial
			return h.isReply() && mine && c.isFrom(calls[i].Destination, h)
		})
		if err != nil {
			return nil, fmt.Errorf("call %s: %w", calls[0].Member, err)
		}
		replies[places[serial]] = newReply(reply)
		delete(places, serial)
	}
	return replies, nil
}

// newReply reads an answer to a call.
func newReply(m *dbus.Message) Reply {
	if m.Type == dbus.TypeError {
		name, _ := m.Headers[dbus.FieldErrorName].Value().(string) // validated by the decoder
		return Reply{Err: dbus.Error{Name: name, Body: m.Body}}
	}
	return Reply{Body: m.Body}
}
