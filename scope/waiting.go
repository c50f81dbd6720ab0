package scope

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
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
		var m *dbus.Message
		if m, err = w.conn.Signal(ctx, func(*dbus.Message) bool { return true }); err == nil {
			over, err = w.heed(ctx, m)
		}
	}
	return over, err
}

// subscribe queues the match rules that a message bus needs.
func (w *waiting) subscribe() error {
	unit := w.scope.Unit
	return errors.Join(
		w.conn.Match("type='signal',member='PropertiesChanged',path='"+string(unitPath(unit))+"'"),
		w.conn.Match(signalRule("UnitRemoved")+",arg0='"+unit+"'"),
		w.conn.Match("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='"+managerName+"'"),
	)
}

// look asks how the scope is, after the subscription: what changes later is heard.
func (w *waiting) look(ctx context.Context) (over bool, err error) {
	if err := w.hold(ctx); err != nil {
		return w.unlessAway(err)
	}
	var active, load string
	err = errors.Join(
		getProperty(ctx, w.conn, w.scope.key(), "Unit", "ActiveState", &active),
		getProperty(ctx, w.conn, w.scope.key(), "Unit", "LoadState", &load),
		getProperty(ctx, w.conn, w.scope.key(), "Scope", "Result", (*string)(&w.said)),
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
	var e dbus.Error
	if errors.As(err, &e) && (e.Name == errAccessDenied || e.Name == errInteractive) {
		return subscribe(ctx, w.conn)
	}
	return err
}

// unlessAway takes it for no error if the manager is away from the message bus while
// it executes itself anew: the bus says when it is back.
func (w *waiting) unlessAway(err error) (over bool, _ error) {
	var e dbus.Error
	switch {
	case isGone(err):
		return w.vanished()
	case errors.As(err, &e) && (e.Name == errServiceUnknown || e.Name == errNameHasNoOwner || e.Name == errNoReply):
		return false, nil
	}
	return false, err
}

// heed understands a signal. On a private socket it may be about anything.
func (w *waiting) heed(ctx context.Context, m *dbus.Message) (over bool, err error) {
	switch m.Headers[dbus.FieldMember].Value() {
	case "UnitRemoved": // (s id, o unit)
		if len(m.Body) == 2 && m.Body[0] == w.scope.Unit {
			return w.look(ctx) // a mere question for the name can bring this about
		}
	case "NameOwnerChanged": // (s name, s old owner, s new owner)
		if len(m.Body) == 3 && m.Body[0] == managerName && m.Body[2] != "" {
			return w.look(ctx)
		}
	case "PropertiesChanged": // (s interface, a{sv} changed, as invalidated)
		if m.Headers[dbus.FieldPath].Value() == unitPath(w.scope.Unit) && len(m.Body) == 3 {
			changed, _ := m.Body[1].(map[string]dbus.Variant)
			return w.changed(ctx, changed)
		}
	}
	return false, nil
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
