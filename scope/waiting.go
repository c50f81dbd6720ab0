package scope

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// waiting is the wait for a scope's end on one connection.
type waiting struct {
	scope  *Scope
	conn   *bus.Conn
	said   Result // by the manager, last
	result Result // in the end
	heard  bool   // the manager has answered
}

// connected waits until the scope is over or the connection breaks.
func (w *waiting) connected(ctx context.Context) (over bool, err error) {
	if w.conn, err = w.scope.listen(ctx); err != nil {
		return false, err
	}
	defer w.conn.Close()
	if err := w.subscribe(); err != nil {
		return false, err
	}
	for over, err = w.look(ctx); !over && err == nil; {
		var event systemd1.Event
		if event, err = systemd1.Next(ctx, w.conn, w.isConcerned); err == nil {
			over, err = w.heed(ctx, event)
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
		w.conn.Match(systemd1.ManagerArrivedRule),
	)
}

// look asks how the scope is, after the subscription: what changes later is heard.
func (w *waiting) look(ctx context.Context) (over bool, err error) {
	if err := w.hold(ctx); err != nil {
		return w.unlessAway(err)
	}
	var active, load string
	err = errors.Join(
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Unit, "ActiveState", &active),
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Unit, "LoadState", &load),
		systemd1.Get(ctx, w.conn, w.scope.key(), systemd1.Scope, "Result", (*string)(&w.said)),
	)
	if err != nil {
		return w.unlessAway(err)
	}
	w.heard = true
	if load == "not-found" {
		return w.vanished()
	}
	return w.ended(active)
}

// hold has the manager keep the unit for as long as this connection lives, and tell
// it of its changes, which only a message bus lets it do. Without a right to that
// we hear of the changes of all units there that somebody has subscribed to.
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

// unlessAway takes it for no error if the manager is away from the message bus while
// it executes itself anew: the bus says when it is back.
func (w *waiting) unlessAway(err error) (over bool, _ error) {
	switch {
	case systemd1.IsForgotten(err):
		return w.vanished()
	case systemd1.IsUnreachable(err) || systemd1.IsError(err, systemd1.NoReply):
		return false, nil
	}
	return false, err
}

// isConcerned reports whether an event may bear on the scope. On a private socket the
// manager sends the events of all units.
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

// heed acts on an event that concerns the scope.
func (w *waiting) heed(ctx context.Context, event systemd1.Event) (over bool, err error) {
	if e, ok := event.(systemd1.UnitChanged); ok {
		return w.changed(ctx, e.Changed)
	}
	return w.look(ctx) // the removal of the unit can be the effect of a question for its name
}

// changed understands what the manager says of a unit of this name: first those of
// scopes, with Result, then those of all units, with ActiveState.
func (w *waiting) changed(ctx context.Context, changed map[string]dbus.Variant) (over bool, err error) {
	if id, ok := changed["InvocationID"].Value().([]byte); ok && w.scope.InvocationID != "" &&
		hex.EncodeToString(id) != w.scope.InvocationID {
		return w.look(ctx) // a later one
	}
	if result, ok := changed["Result"].Value().(string); ok {
		w.said = Result(result)
	}
	active, _ := changed["ActiveState"].Value().(string)
	return w.ended(active)
}

// ended tells whether a state is the end, and keeps the result.
func (w *waiting) ended(active string) (over bool, _ error) {
	if active != "inactive" && active != "failed" {
		return false, nil
	}
	w.result = w.said
	return true, nil
}

// vanished is the end of a scope whose last word was not heard. A failure is fixed
// as soon as the manager begins to stop the scope, a success is not.
func (w *waiting) vanished() (over bool, _ error) {
	if w.said != Success {
		w.result = w.said
	}
	return true, nil
}
