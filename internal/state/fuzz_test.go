package state

import (
	"reflect"
	"strings"
	"testing"

	"gorun/internal/unitname"
)

// What a note says is what was read of it.
func FuzzParseNote(f *testing.F) {
	f.Add("5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3-recorded:4eb770fc628e4efdb6b1a0216eccdb2b@7c1f6b0e~:2446512586:1795987788056050:/tmp/a:b.log")
	f.Add(":::0:")
	f.Add("a:@~~:9223372036854775807:-9223372036854775808:")
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := parseNote(text)
		if !ok {
			return
		}
		if n.At.Monotonic < 0 || !strings.HasSuffix(text, ":"+n.Output) {
			t.Errorf("%q is read as %+v", text, n)
		}
		if again, ok := parseNote(n.text()); !ok || !reflect.DeepEqual(n, again) {
			t.Errorf("%q is read as %+v, then as %+v", text, n, again)
		}
	})
}

// What an old file is can be told from its name, however the unit is called.
func FuzzWhatIs(f *testing.F) {
	f.Add("backup.scope")
	f.Add(strings.Repeat("x", 249) + ".scope")
	f.Add("a.log.system.scope")
	f.Fuzz(func(t *testing.T, unit string) {
		if unitname.Check(unit, ".scope") != nil {
			whatIs(unit)
			return
		}
		service := strings.TrimSuffix(unit, ".scope") + ".service"
		for _, s := range oldSuffixes {
			about := unit
			if s.what == hooksFile {
				about = service
			}
			name := unitname.File(about, s.suffix)
			if isCut := name != about+s.suffix; isCut && s.suffix == "" {
				continue // it goes with the boot
			}
			if got := whatIs(name); got != s.what {
				t.Errorf("%q is taken for %q, and is %q", name, got, s.what)
			}
		}
	})
}

// A setting that a file does not have stays.
func FuzzConfig(f *testing.F) {
	f.Add("[Journal]\nStorage=volatile\n# SplitMode=none\nMaxLevelStore = 4\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := config{"auto", "debug", "uid"}
		c.parse(text)
		once := c
		if c.parse(text); c != once {
			t.Errorf("%q is read as %+v, then as %+v", text, once, c)
		}
		for name, value := range map[string]string{"Storage": c.storage, "MaxLevelStore": c.maxLevel, "SplitMode": c.split} {
			if strings.ContainsAny(value, "\n") || !strings.Contains(text, name) && value != map[string]string{"Storage": "auto", "MaxLevelStore": "debug", "SplitMode": "uid"}[name] {
				t.Errorf("%q is read as %+v", text, c)
			}
		}
	})
}
