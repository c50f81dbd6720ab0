package scope

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// End is how a scope ended, as far as the manager has said so to who waited.
type End struct {
	Result Result
	// Killed reports whether the manager has sent SIGKILL, as it does when TimeoutStopSec is over.
	Killed bool
}

// WaitEnd is [Scope.Wait], and also returns whether the manager had to kill. That is not known if the
// signal about it was missed.
func (s *Scope) WaitEnd(ctx context.Context) (End, error) {
	killed := false
	result, err := s.wait(ctx, func() { killed = true })
	return End{result, killed}, err
}

// Wait waits until the scope has ended, and returns how. Any number of callers may wait
// for a scope.
//
// The manager forgets an ended scope at once, unless the scope was started with
// KeepFailed and has failed. If the scope ends before Wait has subscribed, the result is
// [Unknown]. With KeepFailed, Unknown then means [Success].
//
// Wait holds a connection. On a message bus the manager sends it the signals of this
// scope alone, and keeps the scope's result until it is read. If there is no message
// bus, the manager's private socket serves, where every connection gets the signals of
// all units. The manager may re-execute meanwhile, and the bus may be restarted.
//
// To wait for the end alone, [Scope.Group] and [cgroup.Group.WaitEmpty] need no
// connection.
func (s *Scope) Wait(ctx context.Context) (Result, error) { return s.wait(ctx, func() {}) }

// wait calls kills when the manager begins to kill.
func (s *Scope) wait(ctx context.Context, kills func()) (Result, error) {
	if s.held != nil {
		return s.waitEmbedded(ctx)
	}
	for attempt := 1; ; attempt++ {
		w := waiting{scope: s, kills: kills}
		over, err := w.connected(ctx)
		switch {
		case over:
			return w.result, nil
		case ctx.Err() != nil:
			return Unknown, ctx.Err()
		case isBroken(err) && w.heard:
			attempt = 0 // there was a manager
		case isBroken(err) && attempt < maxAttempts:
		case w.isEmpty():
			return Unknown, nil // the manager has ended, too
		default:
			return Unknown, s.callError("wait for", err)
		}
	}
}

// killing is the SubState of a scope whose processes the manager has sent SIGKILL.
const killing = "stop-sigkill"

// waiting is the wait for a scope's end on one connection.
type waiting struct {
	scope  *Scope
	conn   *bus.Conn
	said   Result // by the manager, last
	result Result // in the end
	heard  bool   // the manager has answered
	kills  func() // is called when the manager kills
}

// connected waits until the scope is over or the connection breaks.
func (w *waiting) connected(ctx context.Context) (over bool, err error) {
	if w.conn, err = w.scope.dialForSignals(ctx); err != nil {
		return false, err
	}
	defer w.conn.Close()
	if err := w.subscribe(); err != nil {
		return false, err
	}
	for over, err = w.look(ctx); !over && err == nil; {
		var event systemd1.Event
		if event, err = systemd1.Next(ctx, w.conn, w.isConcerned); err == nil {
			over, err = w.handle(ctx, event)
		}
	}
	return over, err
}

// subscribe queues the match rules that a message bus needs.
func (w *waiting) subscribe() error {
	unit := w.scope.Unit
	return errors.Join(
		w.conn.Match(systemd1.UnitChangedRule(unit)),
		w.conn.Match(systemd1.UnitRemovedRule(unit)),
		w.conn.Match(systemd1.ManagerArrivedRule()),
	)
}

// look asks how the scope is. Wait has subscribed before: no later change is missed.
func (w *waiting) look(ctx context.Context) (over bool, err error) {
	if err := w.hold(ctx); err != nil {
		return w.unlessAway(err)
	}
	var active, load, sub string
	err = errors.Join(
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Unit, "ActiveState", &active),
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Unit, "LoadState", &load),
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Unit, "SubState", &sub),
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Scope, "Result", (*string)(&w.said)),
	)
	if err != nil {
		return w.unlessAway(err)
	}
	w.heard = true
	if sub == killing {
		w.kills()
	}
	if load == "not-found" {
		return w.vanished()
	}
	return w.ended(active)
}

// hold makes the manager keep the unit for as long as this connection lives, and send
// its signals, which is possible on a message bus only. A caller who may not do that
// subscribes instead, to the signals of all units there.
func (w *waiting) hold(ctx context.Context) error {
	if !w.conn.Address().MessageBus {
		return nil
	}
	_, err := w.scope.call(ctx, w.conn, "Ref")
	if systemd1.IsRefused(err) {
		return systemd1.Subscribe(ctx, w.conn)
	}
	return err
}

// unlessAway drops the error of a manager that is away from the message bus while it
// re-executes: the bus announces its return.
func (w *waiting) unlessAway(err error) (over bool, _ error) {
	switch {
	case systemd1.IsForgotten(err):
		return w.vanished()
	case systemd1.IsUnreachable(err) || systemd1.IsError(err, systemd1.NoReply):
		return false, nil
	}
	return false, err
}

// isConcerned reports whether an event may be about the scope. On a private socket the
// manager sends the signals of all units.
func (w *waiting) isConcerned(event systemd1.Event) bool {
	switch e := event.(type) {
	case systemd1.UnitRemoved:
		return e.Unit == w.scope.Unit
	case systemd1.UnitChanged:
		return e.Path == systemd1.UnitPath(w.scope.Unit)
	case systemd1.ManagerArrived:
		return true
	}
	return false
}

// handle acts on an event that concerns the scope.
func (w *waiting) handle(ctx context.Context, event systemd1.Event) (over bool, err error) {
	if e, ok := event.(systemd1.UnitChanged); ok {
		return w.changed(ctx, e.Changed)
	}
	return w.look(ctx) // a question for the name can remove a unit, too
}

// changed reads what the manager says of a unit of this name: first the properties of
// scopes, with Result, then those of all units, with ActiveState.
func (w *waiting) changed(ctx context.Context, changed map[string]dbus.Variant) (over bool, err error) {
	if id, ok := changed["InvocationID"].Value().([]byte); ok && w.scope.InvocationID != "" &&
		hex.EncodeToString(id) != w.scope.InvocationID {
		return w.look(ctx) // a later run
	}
	if result, ok := changed["Result"].Value().(string); ok {
		w.said = Result(result)
	}
	if changed["SubState"].Value() == killing {
		w.kills()
	}
	active, _ := changed["ActiveState"].Value().(string)
	return w.ended(active)
}

// ended keeps the result if a state is the end.
func (w *waiting) ended(active string) (over bool, _ error) {
	if active != "inactive" && active != "failed" {
		return false, nil
	}
	w.result = w.said
	return true, nil
}

// vanished ends the wait for a scope whose last signal was missed. A failure is known as
// soon as the manager begins to stop the scope; a success is not.
func (w *waiting) vanished() (over bool, _ error) {
	if w.said != Success {
		w.result = w.said
	}
	return true, nil
}

// isEmpty reports whether the kernel says that no process is left in the scope.
func (w *waiting) isEmpty() bool {
	if w.scope.Cgroup == "" {
		return false
	}
	empty, err := isEmpty(w.scope.Cgroup)
	return empty && err == nil
}
