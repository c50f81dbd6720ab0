package systemd1

import (
	"context"

	"gorun/internal/bus"
)

// JobRemovedRule selects the ends of a unit's jobs.
func JobRemovedRule(unit string) bus.Rule {
	return bus.Rule{Sender: Name, Path: Path, Interface: Interface, Member: "JobRemoved", Arg: 2, Value: unit}
}

// UnitRemovedRule selects the removal of a unit.
func UnitRemovedRule(unit string) bus.Rule {
	return bus.Rule{Sender: Name, Path: Path, Interface: Interface, Member: "UnitRemoved", Value: unit}
}

// UnitChangedRule selects the changes of a unit's properties.
func UnitChangedRule(unit string) bus.Rule {
	return bus.Rule{Sender: Name, Path: string(UnitPath(unit)), Interface: "org.freedesktop.DBus.Properties", Member: "PropertiesChanged"}
}

// AnyUnitChangedRule selects the changes of the properties of all units.
func AnyUnitChangedRule() bus.Rule {
	return bus.Rule{Sender: Name, Interface: "org.freedesktop.DBus.Properties", Member: "PropertiesChanged"}
}

// ManagerArrivedRule selects the manager's coming to the bus and its going.
func ManagerArrivedRule() bus.Rule {
	return bus.Rule{Sender: "org.freedesktop.DBus", Interface: "org.freedesktop.DBus", Member: "NameOwnerChanged", Value: Name}
}

// Subscribe keeps the manager's signals of the rules, and makes a message bus carry them. A
// direct peer sends all of its signals unasked.
func Subscribe(ctx context.Context, conn *bus.Conn, rules ...bus.Rule) error {
	for _, rule := range rules {
		if err := conn.Match(rule); err != nil {
			return err
		}
	}
	if !conn.Address().MessageBus {
		return nil
	}
	_, err := conn.Call(ctx, Call("Subscribe"))
	if IsError(err, AlreadySubscribed) {
		return nil
	}
	return err
}
