package logind

import (
	"bytes"
	"encoding/binary"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// A note is a line of the file, and is read as it was written.
func FuzzParseNotes(f *testing.F) {
	f.Add("# This is private data. Do not parse.\nUID=1000\nCLASS=user\nLEADER=412\n")
	f.Add("NAME= a=b \nSTATE=active\nONLINE_SESSIONS=3 c5\r\n\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		notes := parseNotes(text)
		var again strings.Builder
		for name, value := range notes {
			if strings.ContainsAny(name, "=\n") || strings.Contains(value, "\n") || !strings.Contains(text, name) {
				t.Errorf("%q has the note %q=%q", text, name, value)
			}
			again.WriteString(name + "=" + value + "\n")
		}
		if !maps.Equal(parseNotes(again.String()), notes) {
			t.Errorf("%q is read as %q", text, notes)
		}
	})
}

// The file of a session is in logind's directory, whatever the environment says.
func FuzzSessionFile(f *testing.F) {
	for _, id := range []string{"3", "c12", "", "..", "../users/1000", "3/../../x", "3.ref"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		file, err := sessionFile(id)
		if err == nil && (filepath.Dir(file) != sessionsDir || filepath.Base(file) != id) {
			t.Errorf("session %q has the file %q", id, file)
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, v := range []string{"255.4-1ubuntu8.17", "256~rc3-2", "257", "99999999999999999999.1", "v255"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, version string) {
		major, minor := versionOf(version)
		if major < 0 || minor < 0 || RiskOf(version) != nil && !strings.HasPrefix(strings.TrimLeft(version, "0"), "25") {
			t.Errorf("%q is version %d.%d, risk %v", version, major, minor, RiskOf(version))
		}
	})
}

// logind's answer is an error or rules. No time is negative.
func FuzzRules(f *testing.F) {
	body := map[string]dbus.Variant{
		"KillUserProcesses": dbus.MakeVariant(true),
		"KillOnlyUsers":     dbus.MakeVariant([]string{"alice"}),
		"KillExcludeUsers":  dbus.MakeVariant([]string{}),
		"UserStopDelayUSec": dbus.MakeVariant(uint64(1<<64 - 1)),
	}
	m := &dbus.Message{Type: dbus.TypeMethodReply, Body: []any{body}, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(1)),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(body)),
	}}
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		var values map[string]dbus.Variant
		if m, err := dbus.DecodeMessage(bytes.NewReader(data)); err != nil || dbus.Store(m.Body, &values) != nil {
			return
		}
		if r, err := rulesFrom(values); err == nil && r.StopDelay < 0 {
			t.Errorf("%v are %+v", values, r)
		}
	})
}
