package systemd1

import (
	"reflect"
	"testing"

	"github.com/godbus/dbus/v5"
)

// signal is one as it comes from the bus.
func signal(path dbus.ObjectPath, member string, body ...any) *dbus.Message {
	return &dbus.Message{
		Type:    dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldPath: dbus.MakeVariant(path), dbus.FieldMember: dbus.MakeVariant(member)},
		Body:    body,
	}
}

func TestSignalsAreReadAsEvents(t *testing.T) {
	const job = dbus.ObjectPath("/org/freedesktop/systemd1/job/7")
	unit := UnitPath("x.scope")
	changed := map[string]dbus.Variant{"ActiveState": dbus.MakeVariant("failed")}
	for name, c := range map[string]struct {
		m    *dbus.Message
		want Event
	}{
		"job":             {signal(Path, "JobRemoved", uint32(7), job, "x.scope", "done"), JobRemoved{job, "x.scope", "done"}},
		"another version": {signal(Path, "JobRemoved", uint32(7), job, "x.scope"), nil},
		"unit":            {signal(Path, "UnitRemoved", "x.scope", unit), UnitRemoved{"x.scope"}},
		"change":          {signal(unit, "PropertiesChanged", Scope.Interface(), changed, []string{}), UnitChanged{unit, changed}},
		"arrival":         {signal("/org/freedesktop/DBus", "NameOwnerChanged", Name, "", ":1.7"), ManagerArrived{}},
		"departure":       {signal("/org/freedesktop/DBus", "NameOwnerChanged", Name, ":1.5", ""), nil},
		"another name":    {signal("/org/freedesktop/DBus", "NameOwnerChanged", "org.freedesktop.login1", "", ":1.7"), nil},
		"start of a job":  {signal(Path, "JobNew", uint32(7), job, "x.scope"), nil},
	} {
		if got := parse(c.m); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v, want %#v", name, got, c.want)
		}
	}
}
