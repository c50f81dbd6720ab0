package report

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"gorun/internal/unitname"
)

// The name of a record's file says which run it is about.
func FuzzParseKept(f *testing.F) {
	f.Add(keptName("user", "x.scope", 42, "0123456789abcdef0123456789abcdef"), "x.scope", uint64(42))
	f.Add(".0000000000000042-.record", strings.Repeat("x", 249)+".scope", uint64(0))
	f.Fuzz(func(t *testing.T, name, unit string, number uint64) {
		if k, ok := parseKept("/dir", name); ok && k.unit+keptTail(k.number, k.invocationID) != name {
			t.Errorf("%q is read as %+v", name, k)
		}
		const most = 1e15 // what fits into the name
		if unitname.Check(unit, ".scope") != nil || number > most {
			return
		}
		k, ok := parseKept("/dir", keptName("user", unit, number, unknownID))
		if !ok || k.unit != keptPrefix("user", unit) || k.number != number || k.invocationID != "" {
			t.Errorf("the file of %q is read as %+v", unit, k)
		}
	})
}

// A record is an error or a report, which is written as the same record.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"GORUN_UNIT":"x.scope","GORUN_COMMAND":"[\"true\"]","GORUN_OUTCOME":"exited","GORUN_EXIT_CODE":"0","GORUN_STARTED_AT":"2026-11-30T12:00:00.5Z","GORUN_CPU_SECONDS":"0.25"}`))
	f.Add([]byte(`{"GORUN_VERSION":"null","GORUN_OOM_KILLS":"18446744073709551615"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var fields map[string]string
		if json.Unmarshal(data, &fields) != nil {
			return
		}
		rep, err := readRecord(fields)
		if err != nil {
			return
		}
		written, err := rep.recordFields()
		if err != nil {
			t.Fatalf("%q: %v", fields, err)
		}
		again, err := readRecord(written)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", fields, written, err)
		}
		if twice, err := again.recordFields(); err != nil || !maps.Equal(written, twice) {
			t.Errorf("%q is written as %q, then as %q, %v", fields, written, twice, err)
		}
	})
}
