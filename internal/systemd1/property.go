package systemd1

import (
	"cmp"
	"context"
	"errors"

	"github.com/godbus/dbus/v5"

	"gorun/internal/bus"
)

// Property is a property in a call, D-Bus type (sv).
type Property struct {
	Name  string
	Value dbus.Variant
}

// Set is the property with a value that D-Bus can carry.
func Set(name string, value any) Property { return Property{name, dbus.MakeVariant(value)} }

// AuxiliaryUnit is a unit that StartTransientUnit starts by the same call, D-Bus
// type (sa(sv)).
type AuxiliaryUnit struct {
	Name       string
	Properties []Property
}

// Get reads one property of a unit into value, a pointer. The unit is a name or an
// invocation ID.
func Get(ctx context.Context, conn *bus.Conn, unit string, kind Kind, name string, value any) error {
	return get(ctx, conn, UnitPath(unit), kind.Interface(), name, value)
}

// GetManager reads a property of the manager itself into value, a pointer.
func GetManager(ctx context.Context, conn *bus.Conn, name string, value any) error {
	return get(ctx, conn, Path, Interface, name, value)
}

// Version asks the manager for its version, such as "257.8-1". The question also shows
// whether the manager is on a message bus.
func Version(ctx context.Context, conn *bus.Conn) (version string, err error) {
	err = GetManager(ctx, conn, "Version", &version)
	return version, err
}

// Question asks for one property of a unit.
type Question struct {
	Unit  string // a name or an invocation ID
	Kind  Kind
	Name  string
	Value any // a pointer, which is left alone if the manager does not answer with a value
}

// GetEach reads many properties at once. The error may be that of one of the questions.
func GetEach(ctx context.Context, conn *bus.Conn, list []Question) error {
	failed, err := ask(ctx, conn, list)
	return errors.Join(err, failed)
}

// Ask asks many questions at once. The error is that of the connection, or that a value has
// another type. A unit that the manager does not know, or that has no such property, is none.
func Ask(ctx context.Context, conn *bus.Conn, list []Question) error {
	_, err := ask(ctx, conn, list)
	return err
}

// ask asks many questions. failed is the first answer that is an error.
func ask(ctx context.Context, conn *bus.Conn, list []Question) (failed, err error) {
	calls := make([]bus.Call, len(list))
	for i, q := range list {
		calls[i] = getCall(UnitPath(q.Unit), q.Kind.Interface(), q.Name)
	}
	replies, err := conn.CallAll(ctx, calls)
	if err != nil {
		return nil, err
	}
	for i, r := range replies {
		if r.Err != nil {
			failed = cmp.Or(failed, r.Err)
			continue
		}
		if err := storeVariant(r.Body, list[i].Value); err != nil {
			return nil, err
		}
	}
	return failed, nil
}

// get reads a property of one of the manager's objects.
func get(ctx context.Context, conn *bus.Conn, path dbus.ObjectPath, iface, name string, value any) error {
	reply, err := conn.Call(ctx, getCall(path, iface, name))
	if err != nil {
		return err
	}
	return storeVariant(reply, value)
}

// getCall asks for a property of an object.
func getCall(path dbus.ObjectPath, iface, name string) bus.Call {
	return bus.Call{
		Destination: Name,
		Path:        path,
		Interface:   "org.freedesktop.DBus.Properties",
		Member:      "Get",
		Args:        []any{iface, name},
	}
}

// storeVariant stores the value of a property.
func storeVariant(reply []any, value any) error {
	var v dbus.Variant
	if err := dbus.Store(reply, &v); err != nil {
		return err
	}
	return v.Store(value)
}
