package scope

import (
	"strings"
	"testing"

	"gorun/internal/unitname"
)

func TestNewNameIsEscapedAndUnused(t *testing.T) {
	for command, prefix := range map[string]string{
		"make":             "gorun-make-",
		"/usr/bin/apt-get": `gorun-apt\x2dget-`,
		".hidden":          `gorun-\x2ehidden-`,
		"a b@c":            `gorun-a\x20b\x40c-`,
		"café":             `gorun-caf\xc3\xa9-`,
	} {
		a, err := NewName(command)
		b, _ := NewName(command)
		if err != nil || !strings.HasPrefix(a, prefix) || a == b {
			t.Errorf("%q: got %q and %q, %v", command, a, b, err)
		}
		if err := unitname.Check(a, suffix); err != nil {
			t.Errorf("%q: %v", a, err)
		}
	}
}

func TestNewNameOfALongCommandFits(t *testing.T) {
	name, err := NewName(strings.Repeat("x", 300))
	if err != nil || unitname.Check(name, suffix) != nil {
		t.Errorf("got %q, %v", name, err)
	}
}

// The results are those of systemd-run --scope --unit.
func TestNamesAreMangledAsSystemdRunManglesThem(t *testing.T) {
	for in, want := range map[string]string{
		"job":       "job.scope",
		"job.scope": "job.scope",
		"a/b c":     `a-b\x20c.scope`,
		`a\x20b`:    `a\x20b.scope`,
		"x.y":       "x.y.scope",
	} {
		if got, err := MangleName(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".scope", "x.service", "a@b", "a@b.scope", "/foo/bar", "x.slice", strings.Repeat("x", 250)} {
		if got, err := MangleName(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func FuzzMangleName(f *testing.F) {
	f.Add("a/b c")
	f.Add(`x\x20.scope`)
	f.Fuzz(func(t *testing.T, s string) {
		name, err := MangleName(s)
		if err != nil {
			return
		}
		if again, err := MangleName(name); err != nil || again != name {
			t.Errorf("%q became %q, then %q, %v", s, name, again, err)
		}
	})
}
