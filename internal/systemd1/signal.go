package systemd1

import (
	"context"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// Event is a signal that says how the manager and its units change.
type Event interface{ event() }

// JobRemoved says that a job has ended.
type JobRemoved struct {
	Job    dbus.ObjectPath
	Unit   string
	Result string // done, failed, canceled, timeout, dependency, ...
}

// UnitRemoved says that the manager has unloaded a unit. A question for the unit's
// name can bring this about.
type UnitRemoved struct{ Unit string }

// UnitChanged says that properties of one kind of a unit have changed. First come
// those of scopes, with Result, then those of all units, with ActiveState.
type UnitChanged struct {
	Path    dbus.ObjectPath // see [UnitPath]
	Changed map[string]dbus.Variant
}

// ManagerArrived says that the manager has connected to the message bus, for example
// after it has re-executed.
type ManagerArrived struct{}

func (JobRemoved) event()     {}
func (UnitRemoved) event()    {}
func (UnitChanged) event()    {}
func (ManagerArrived) event() {}

// Next waits for the first event that wanted accepts, of those that came since the
// connection was opened and no call of Next has taken.
func Next(ctx context.Context, conn *bus.Conn, wanted func(Event) bool) (Event, error) {
	var event Event
	_, err := conn.Signal(ctx, func(m *dbus.Message) bool {
		event = parse(m)
		return event != nil && wanted(event)
	})
	if err != nil {
		return nil, err
	}
	return event, nil
}

// WaitForJob waits until a job has ended, and returns its result. A direct peer sends
// its signals unasked; over a bus the manager sends them to whoever queued the job.
func WaitForJob(ctx context.Context, conn *bus.Conn, job dbus.ObjectPath) (result string, err error) {
	event, err := Next(ctx, conn, func(e Event) bool {
		removed, ok := e.(JobRemoved)
		return ok && removed.Job == job
	})
	if err != nil {
		return "", err
	}
	return event.(JobRemoved).Result, nil
}

// parse reads a signal. It returns nil for the signals that are no [Event].
func parse(m *dbus.Message) Event {
	switch m.Headers[dbus.FieldMember].Value() {
	case "JobRemoved":
		return parseJobRemoved(m.Body)
	case "UnitRemoved": // (s id, o unit)
		if unit, ok := text(m.Body, 2, 0); ok {
			return UnitRemoved{unit}
		}
	case "NameOwnerChanged": // (s name, s old owner, s new owner)
		name, _ := text(m.Body, 3, 0)
		if owner, _ := text(m.Body, 3, 2); name == Name && owner != "" {
			return ManagerArrived{}
		}
	case "PropertiesChanged": // (s interface, a{sv} changed, as invalidated)
		path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
		if len(m.Body) == 3 {
			changed, _ := m.Body[1].(map[string]dbus.Variant)
			return UnitChanged{path, changed}
		}
	}
	return nil
}

// parseJobRemoved reads JobRemoved(u id, o job, s unit, s result).
func parseJobRemoved(body []any) Event {
	unit, ok := text(body, 4, 2)
	result, _ := text(body, 4, 3)
	if !ok {
		return nil
	}
	job, _ := body[1].(dbus.ObjectPath)
	return JobRemoved{job, unit, result}
}

// text is the i-th of n arguments, if it is a string.
func text(body []any, n, i int) (string, bool) {
	if len(body) != n {
		return "", false
	}
	s, ok := body[i].(string)
	return s, ok
}
