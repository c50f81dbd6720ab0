package bus

import (
	"errors"
	"fmt"
	"testing"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
)

func TestManyCallsTakeOneWriteAndKeepTheirOrder(t *testing.T) {
	answer := func(call *dbus.Message) []*dbus.Message {
		if call.Body[0] == "7" {
			return []*dbus.Message{bustest.Error(call, "a.b.C", "no")}
		}
		return []*dbus.Message{bustest.Reply(call, call.Body[0])}
	}
	c, r := connect(t, Address{Path: "/x"}, answer)
	var calls []Call
	for i := range maxBatch + 5 {
		calls = append(calls, Call{Destination: "a.b", Path: "/", Interface: "a.b.C", Member: "Get", Args: []any{fmt.Sprint(i)}})
	}
	replies, err := c.CallAll(t.Context(), calls)
	if err != nil || len(replies) != len(calls) {
		t.Fatalf("%d replies, %v", len(replies), err)
	}
	for i, reply := range replies {
		var failed dbus.Error
		switch {
		case i == 7:
			if !errors.As(reply.Err, &failed) || failed.Name != "a.b.C" {
				t.Errorf("call 7: %v", reply)
			}
		case reply.Err != nil || reply.Body[0] != fmt.Sprint(i):
			t.Fatalf("call %d: %v", i, reply)
		}
	}
	if len(r.writes) > 3 { // the handshake, and two batches
		t.Errorf("%d writes", len(r.writes))
	}
}
