package scope

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// ErrEnded tells that the scope has ended, and the manager has forgotten it.
var ErrEnded = errors.New("the scope has ended")

// CallError tells that the manager did not do what was asked of a scope that runs.
type CallError struct {
	Doing   string // stop, kill, ...
	Unit    string
	Name    string // the D-Bus error name, or of a job its result
	Message string
}

func (e *CallError) Error() string { return fmt.Sprintf("%s %s: %s", e.Doing, e.Unit, e.Message) }

// Refused tells whether the caller may not do this, by polkit or the bus policy.
func (e *CallError) Refused() bool {
	return e.Name == systemd1.AccessDenied || e.Name == systemd1.InteractiveAuthorizationRequired
}

// key names this run of the scope in object paths: by its invocation ID, which no
// later unit of the same name has.
func (s *Scope) key() string {
	if s.InvocationID == "" {
		return s.Unit
	}
	return s.InvocationID
}

// call calls a method of this run of the unit.
func (s *Scope) call(ctx context.Context, conn *bus.Conn, member string, args ...any) ([]any, error) {
	return conn.Call(ctx, systemd1.UnitCall(s.key(), member, args...))
}

// ask opens a connection for a question, and another one if the manager executes
// itself anew meanwhile. What is asked has to bear repetition.
func (s *Scope) ask(ctx context.Context, doing string, question func(*bus.Conn) error) error {
	for attempt := 1; ; attempt++ {
		conn, err := s.redial(ctx)
		if err == nil {
			err = question(conn)
			conn.Close()
		}
		if !isBroken(err) || attempt == maxAttempts {
			return s.callError(doing, err)
		}
	}
}

// callError turns the answer to a call into this package's errors.
func (s *Scope) callError(doing string, err error) error {
	var e dbus.Error
	var own *CallError
	var property *property.Error
	switch {
	case err == nil || errors.As(err, &own) || errors.As(err, &property):
		return err
	case systemd1.IsForgotten(err):
		err = ErrEnded
	case errors.As(err, &e):
		return &CallError{Doing: doing, Unit: s.Unit, Name: e.Name, Message: e.Error()}
	}
	return fmt.Errorf("%s %s: %w", doing, s.Unit, err)
}

// redial connects to the manager, and waits for it while it executes itself anew.
func (s *Scope) redial(ctx context.Context) (*bus.Conn, error) {
	over := time.After(absence)
	for {
		conn, err := s.reconnect(ctx)
		if err == nil || s.Manager == UserManager || !isAbsent(err) {
			return conn, err
		}
		// PID 1 binds its socket some time before it listens, and tells
		// nobody of the latter.
		select {
		case <-over:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(absence / 100):
		}
	}
}

// absence bounds how long PID 1 takes to execute itself anew, some tenths of a
// second on an idle machine.
const absence = 5 * time.Second

// isAbsent tells the errors of a socket that nobody listens on.
func isAbsent(err error) bool {
	return errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOENT)
}
