package unitname

import (
	"strconv"
	"strings"
	"testing"
)

// checkIsName fails the test if a name could be taken for another file, or is too long.
func checkIsName(t *testing.T, name string) {
	t.Helper()
	if name == "" || len(name) > MaxLength || strings.ContainsAny(name, "/\x00\n ") {
		t.Errorf("%q is taken for the name of a unit", name)
	}
}

func FuzzCheck(f *testing.F) {
	for _, name := range []string{"a.scope", "-.slice", "a-b.slice", "init.scope", `a\x2d.scope`, "a@b.service", "../a.scope", strings.Repeat("a", 250) + ".scope"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, suffix := range []string{".scope", ".slice"} {
			if Check(name, suffix) == nil {
				checkIsName(t, name)
				if Type(name) != suffix {
					t.Errorf("%q is taken for a %s", name, suffix)
				}
			}
			if mangled, err := Mangle(name, suffix); err == nil {
				checkIsName(t, mangled)
				if again, err := Mangle(mangled, suffix); err != nil || again != mangled {
					t.Errorf("%q becomes %q, and that %q, %v", name, mangled, again, err)
				}
			}
		}
		if CheckDependency(name) == nil {
			checkIsName(t, name)
		}
	})
}

// What is escaped can be read back, and is one part of a name.
func FuzzEscape(f *testing.F) {
	f.Add("a b-c@d")
	f.Add(".\xff\\x2d/")
	f.Fuzz(func(t *testing.T, s string) {
		escaped := Escape(s)
		if strings.ContainsAny(escaped, "/@ \x00\n") || strings.HasPrefix(escaped, ".") {
			t.Errorf("%q becomes %q", s, escaped)
		}
		var b strings.Builder
		for rest := escaped; rest != ""; rest = rest[1:] {
			switch {
			case strings.HasPrefix(rest, `\x`) && len(rest) >= 4:
				c, err := strconv.ParseUint(rest[2:4], 16, 8)
				if err != nil {
					t.Fatalf("%q becomes %q", s, escaped)
				}
				b.WriteByte(byte(c))
				rest = rest[3:]
			case rest[0] == '-':
				b.WriteByte('/')
			default:
				b.WriteByte(rest[0])
			}
		}
		if b.String() != s {
			t.Errorf("%q becomes %q, which is read as %q", s, escaped, b.String())
		}
	})
}

// Each unit has a file of its own, in the directory.
func FuzzFile(f *testing.F) {
	f.Add("a.scope", "b.scope", ".lock")
	f.Add(strings.Repeat("x", 249)+".scope", strings.Repeat("x", 248)+"y.scope", ".user.newest")
	f.Fuzz(func(t *testing.T, a, b, suffix string) {
		const longest = 64 // of the suffixes that gorun has
		if Check(a, ".scope") != nil || Check(b, ".scope") != nil || len(suffix) > longest || strings.Contains(suffix, "/") {
			return
		}
		file := File(a, suffix)
		if len(file) > MaxFile || strings.Contains(file, "/") || !strings.HasSuffix(file, suffix) {
			t.Errorf("the file of %q%q is %q", a, suffix, file)
		}
		if a != b && file == File(b, suffix) {
			t.Errorf("%q and %q have the file %q", a, b, file)
		}
	})
}
