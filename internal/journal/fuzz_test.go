package journal

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"gorun/internal/unitname"
)

// What was read is read again from what it is written as.
func FuzzParseEntries(f *testing.F) {
	f.Add([]byte(`{"MESSAGE":"a\nb","_UID":"1000","BINARY":[1,255],"TWICE":["a","b"],"LARGE":null}` + "\n"))
	f.Add([]byte(`{"A":[256,-1,1.5,1e9]}`))
	f.Fuzz(func(t *testing.T, out []byte) {
		list, err := parseEntries(out)
		if err != nil {
			return
		}
		for _, e := range list {
			written := map[string][]int{}
			for name, text := range e {
				written[name] = []int{}
				for _, c := range []byte(text) {
					written[name] = append(written[name], int(c))
				}
			}
			line, err := json.Marshal(written)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := parseEntries(line); err != nil || len(again) != 1 || !maps.Equal(again[0], e) {
				t.Errorf("%q is written as %s and read as %q, %v", e, line, again, err)
			}
		}
	})
}

// A stream's header has seven lines, whatever the identifier.
func FuzzHeader(f *testing.F) {
	f.Add("x.scope", "x.scope")
	f.Add("a\nb", strings.Repeat("x", 249)+".scope")
	f.Fuzz(func(t *testing.T, identifier, unit string) {
		if unitname.Check(unit, ".scope") != nil {
			return
		}
		lines := strings.Split(strings.Join(header(identifier, unit), "\n"), "\n")
		if len(lines) != 7 || lines[1] != "" && lines[1] != unit {
			t.Errorf("the header is %q", lines)
		}
		for _, line := range lines {
			if len(line) > maxHeader {
				t.Errorf("%q has %d bytes", line, len(line))
			}
		}
	})
}
