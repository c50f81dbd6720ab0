package systemd1

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// seedBodies adds messages with bodies as a manager sends them to a fuzz target.
func seedBodies(f *testing.F) {
	f.Helper()
	unit := ListedUnit{Name: "x.scope", Active: "active", Path: "/unit/x", JobPath: "/"}
	for member, body := range map[string][]any{
		"JobRemoved":        {uint32(7), dbus.ObjectPath("/job/7"), "x.scope", "done"},
		"UnitRemoved":       {"x.scope", dbus.ObjectPath("/unit/x")},
		"NameOwnerChanged":  {Name, "", ":1.7"},
		"PropertiesChanged": {Scope.Interface(), map[string]dbus.Variant{"Result": dbus.MakeVariant("timeout")}, []string{}},
		"ListUnits":         {[]ListedUnit{unit, unit}},
		"Get":               {dbus.MakeVariant([]any{uint32(7), dbus.ObjectPath("/job/7")})},
		"GetAll":            {map[string]dbus.Variant{"KillOnlyUsers": dbus.MakeVariant([]string{"alice"})}},
	} {
		m := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath(Path)),
			dbus.FieldInterface: dbus.MakeVariant(Interface),
			dbus.FieldMember:    dbus.MakeVariant(member),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(body...)),
		}, Body: body}
		var b bytes.Buffer
		if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
}

// An event says what the signal says.
func FuzzParse(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := dbus.DecodeMessage(bytes.NewReader(data))
		if err != nil {
			return
		}
		said := func(i int, value any) bool { return i < len(m.Body) && m.Body[i] == value }
		ok := true
		switch e := parse(m).(type) {
		case JobRemoved:
			ok = said(2, e.Unit) && (said(1, e.Job) || e.Job == "") && (said(3, e.Result) || e.Result == "")
		case UnitRemoved:
			ok = said(0, e.Unit)
		case ManagerArrived:
			ok = said(0, Name) && !said(2, "")
		case UnitChanged:
			ok = m.Headers[dbus.FieldPath].Value() == e.Path || e.Path == ""
		}
		if !ok {
			t.Errorf("%v is taken for %+v", m, parse(m))
		}
	})
}

// A reply of any types is an error or a value, whatever is expected.
func FuzzStore(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := dbus.DecodeMessage(bytes.NewReader(data))
		if err != nil {
			return
		}
		var (
			text   string
			number uint64
			list   []string
			units  []ListedUnit
			values map[string]dbus.Variant
			path   dbus.ObjectPath
			job    struct {
				ID   uint32
				Path dbus.ObjectPath
			}
			octets []byte
			yes    bool
		)
		for _, value := range []any{&text, &number, &list, &units, &values, &path, &job, &octets, &yes} {
			storeVariant(m.Body, value)
			dbus.Store(m.Body, value)
		}
	})
}

// Each unit has a path of its own.
func FuzzUnitPath(f *testing.F) {
	f.Add("gorun-make-1f2e.scope")
	f.Add("0\xff/_")
	f.Fuzz(func(t *testing.T, unit string) {
		path := UnitPath(unit)
		label := strings.TrimPrefix(string(path), Path+"/unit/")
		if unit != "" && !path.IsValid() || strings.Contains(label, "/") {
			t.Errorf("%q has the path %q", unit, path)
		}
		var b strings.Builder
		for i := 0; i < len(label); i++ {
			if c, err := hex.DecodeString(label[min(i+1, len(label)):min(i+3, len(label))]); label[i] == '_' && err == nil {
				b.Write(c)
				i += 2
			} else {
				b.WriteByte(label[i])
			}
		}
		if b.String() != unit {
			t.Errorf("%q has the path %q, which is that of %q", unit, path, b.String())
		}
	})
}
