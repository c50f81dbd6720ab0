package systemd1

import (
	"context"

	"gorun/internal/bus"
)

// Rule is the match rule for one of the manager's own signals, such as JobRemoved.
func Rule(signal string) string {
	return "type='signal',path='" + Path + "',interface='" + Interface + "',member='" + signal + "'"
}

// UnitRemovedRule is the match rule for the removal of one unit.
func UnitRemovedRule(unit string) string { return Rule("UnitRemoved") + ",arg0='" + unit + "'" }

// UnitChangedRule is the match rule for the changes of a unit's properties.
func UnitChangedRule(unit string) string {
	return "type='signal',member='PropertiesChanged',path='" + string(UnitPath(unit)) + "'"
}

// ManagerArrivedRule is the match rule for the manager's coming and going on the bus.
const ManagerArrivedRule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + Name + "'"

// Subscribe makes a message bus carry the manager's signals that match one of the
// rules. A direct peer sends all of its signals unasked.
func Subscribe(ctx context.Context, conn *bus.Conn, rules ...string) error {
	if !conn.Address().MessageBus {
		return nil
	}
	for _, rule := range rules {
		if err := conn.Match(rule); err != nil {
			return err
		}
	}
	_, err := conn.Call(ctx, Call("Subscribe"))
	if IsError(err, AlreadySubscribed) {
		return nil
	}
	return err
}
