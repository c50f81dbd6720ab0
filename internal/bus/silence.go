package bus

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// TimeoutError means that a peer did not answer in time. It wraps
// [context.DeadlineExceeded].
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("did not answer within %s", e.After) }
func (e *TimeoutError) Unwrap() error { return context.DeadlineExceeded }

// maxLimits is how many times the limit of silence a peer may take in all.
const maxLimits = 20

// WithSilenceLimit returns a context that ends when nothing has arrived for so long on the
// connections that are used with it. Anything counts: a manager that is busy with many
// launches sends each of them the signals of all units before it answers.
//
// The context also ends after twenty times the limit, so that a cron job, for example, does
// not wait without end. A manager answers its clients in turn. If it speaks and never answers,
// it has a fault, or the job waits for other units.
//
// The cause of the end ([context.Cause]) is a [*TimeoutError], unless parent has ended.
func WithSilenceLimit(parent context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	whole, cancel := context.WithTimeoutCause(parent, maxLimits*limit, &TimeoutError{maxLimits * limit})
	ctx, end := context.WithCancelCause(whole)
	s := &silence{half: limit / 2, end: func() { end(&TimeoutError{limit}) }}
	s.timer = time.AfterFunc(maxLimits*limit, s.passed)
	s.broken()
	context.AfterFunc(ctx, func() { s.timer.Stop() })
	return context.WithValue(ctx, silenceKey{}, s), cancel
}

// silence knows when a peer was last heard, and ends a context some time after that.
//
// It counts two halves of that time. A process that was stopped, or had no processor,
// finds that the first half has passed. In the second half it reads what has arrived.
type silence struct {
	half   time.Duration
	timer  *time.Timer
	halves atomic.Int32 // how many have passed since a peer was heard
	end    func()
}

type silenceKey struct{}

// silenceOf is the silence that ends a context, nil if none does.
func silenceOf(ctx context.Context) *silence {
	s, _ := ctx.Value(silenceKey{}).(*silence)
	return s
}

// BreakSilence takes note, in a context of [WithSilenceLimit], that the peer serves others
// before this process.
func BreakSilence(ctx context.Context) {
	if s := silenceOf(ctx); s != nil {
		s.broken()
	}
}

// SilenceLimit is the limit of a context of [WithSilenceLimit], 0 of another one.
func SilenceLimit(ctx context.Context) time.Duration {
	if s := silenceOf(ctx); s != nil {
		return 2 * s.half
	}
	return 0
}

// broken takes note that a peer was heard.
func (s *silence) broken() {
	s.halves.Store(0)
	s.timer.Reset(s.half)
}

// passed takes note of a half that has passed in silence.
func (s *silence) passed() {
	if s.halves.Add(1) == 1 {
		s.timer.Reset(s.half)
		return
	}
	s.end()
}

// ear reads what a peer sends.
type ear struct {
	io.Reader
	silence    *silence // that it breaks; nil if nobody waits for that
	takesFiles bool     // keeps the descriptors that arrive; otherwise the kernel drops them
	files      []int
}

func (e *ear) Read(b []byte) (int, error) {
	n, err := e.read(b)
	if n > 0 && e.silence != nil {
		e.silence.broken()
	}
	return n, err
}

func (e *ear) read(b []byte) (int, error) {
	sock, ok := e.Reader.(*net.UnixConn)
	if !e.takesFiles || !ok {
		return e.Reader.Read(b)
	}
	n, fds, err := readFiles(sock, b)
	e.files = append(e.files, fds...)
	return n, err
}
