package bus

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus/bustest"
)

// outbox is a connection whose writer does not wait for the reader, as with a socket.
// Unlike those of a socket, its waits are known to package synctest.
type outbox struct {
	net.Conn
	out chan []byte
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{conn, make(chan []byte, 10)}
	go func() {
		for b := range o.out {
			conn.Write(b) // if it fails, so does the reader
		}
	}()
	return o
}

func (o *outbox) Write(b []byte) (int, error) {
	o.out <- bytes.Clone(b)
	return len(b), nil
}

func (o *outbox) Close() error {
	close(o.out)
	return o.Conn.Close()
}

// trickle is a connection that writes a piece at a time.
type trickle struct {
	net.Conn
	gap time.Duration // before each piece
}

// piece is less than the size of any message.
const piece = 8

func (c trickle) Write(b []byte) (int, error) {
	for part := range slices.Chunk(b, piece) {
		time.Sleep(c.gap)
		if _, err := c.Conn.Write(part); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// silenceLimit is the limit in these tests, of a clock that stands still unless all wait.
const silenceLimit = 30 * time.Second

// ask calls a peer that lets time pass between the pieces of its answer. It returns when
// the call has ended.
func ask(t *testing.T, gap time.Duration, answer bustest.Answer) (took time.Duration, err error) {
	ours, theirs := net.Pipe()
	var peer sync.WaitGroup
	peer.Go(func() { new(bustest.Peer).Serve(trickle{theirs, gap}, answer) })
	defer peer.Wait()
	c := NewConn(Address{}, newOutbox(ours))
	defer c.Close()
	ctx, cancel := WithSilenceLimit(t.Context(), silenceLimit)
	defer cancel()
	begun := time.Now()
	_, err = c.Call(ctx, call("Try"))
	return time.Since(begun), err
}

// busy answers after n signals of other units.
func busy(n int) bustest.Answer {
	return func(call *dbus.Message) []*dbus.Message {
		var list []*dbus.Message
		for range n {
			list = append(list, bustest.Signal("/other", "org.example.Started"))
		}
		return append(list, bustest.Reply(call))
	}
}

func TestPeerThatIsHeardIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := ask(t, silenceLimit/10, busy(3))
		if err != nil || took < 3*silenceLimit {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestPeerThatIsSilentIsLeftAtTheLimit(t *testing.T) {
	never := func(*dbus.Message) []*dbus.Message { return nil }
	for name, c := range map[string]struct {
		gap    time.Duration
		answer bustest.Answer
	}{
		"never answers":    {0, never},
		"answers too late": {silenceLimit + 1, busy(0)},
	} {
		synctest.Test(t, func(t *testing.T) {
			took, err := ask(t, c.gap, c.answer)
			var timeout *TimeoutError
			if !errors.As(err, &timeout) || !errors.Is(err, context.DeadlineExceeded) || took != silenceLimit || timeout.After != silenceLimit {
				t.Errorf("%s: after %s: %v", name, took, err)
			}
		})
	}
}

func TestPeerThatOnlySpeaksOfOthersIsLeftInTheEnd(t *testing.T) {
	const most = maxLimits * silenceLimit
	synctest.Test(t, func(t *testing.T) {
		took, err := ask(t, silenceLimit/10, busy(1000))
		var timeout *TimeoutError
		if !errors.As(err, &timeout) || took != most || timeout.After != most {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// A process may be stopped, or have no processor, while an answer arrives.
func TestAnswerThatArrivedDuringAStopIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := WithSilenceLimit(t.Context(), silenceLimit)
		defer cancel()
		s := silenceOf(ctx)
		s.passed() // the timer is late, and the answer has not been read
		synctest.Wait()
		if ctx.Err() != nil {
			t.Fatal("the context has ended")
		}
		s.broken()
		time.Sleep(silenceLimit - 1)
		if ctx.Err() != nil {
			t.Error("the answer did not count")
		}
	})
}

func TestEndOfTheParentIsTheCause(t *testing.T) {
	parent, end := context.WithCancel(t.Context())
	ctx, cancel := WithSilenceLimit(parent, time.Hour)
	defer cancel()
	end()
	if err := context.Cause(ctx); err != context.Canceled {
		t.Errorf("the cause is %v", err)
	}
}
