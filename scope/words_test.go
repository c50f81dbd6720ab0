package scope

import (
	"slices"
	"strings"
	"testing"
)

func TestWordsAreSplitAsSystemdDoes(t *testing.T) {
	for in, want := range map[string][]string{
		"":               {},
		"  ":             {},
		"a b":            {"a", "b"},
		" a\t\nb ":       {"a", "b"},
		`'a b' c`:        {"a b", "c"},
		`a' 'b"c d"`:     {"a bc d"},
		`a\ b`:           {"a b"},
		`a\x2db.service`: {"ax2db.service"},
		`a\\x2db`:        {`a\x2db`},
		`''`:             {""},
		`"a\"b"`:         {`a"b`},
	} {
		if got, err := words(in, whitespace); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{`'a`, `a"`, `a\`, `"a\`} {
		if got, err := words(in, whitespace); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func TestCPUSet(t *testing.T) {
	for in, want := range map[string][]byte{
		"":            {},
		"0":           cpus(0),
		"0-3":         cpus(0, 1, 2, 3),
		"0,2 4-5,,7":  cpus(0, 2, 4, 5, 7),
		"0x10":        cpus(16),
		"64":          append(cpus(), cpus(0)...),
		"1 1 0-1":     cpus(0, 1),
		`"0-1" '7,8'`: nil, // the words are 0-1 and 7,8
	} {
		got, err := parseCPUSet(in)
		if want != nil && (err != nil || !slices.Equal(got, want)) || want == nil && err == nil {
			t.Errorf("%q: got %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"-", "1-", "-1", "3-1", "a", "1-2-3", "8192", "0-8192", "4294967296", "1;2"} {
		if got, err := parseCPUSet(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}

func TestUnitsToDependOn(t *testing.T) {
	for _, name := range []string{"a.service", "a@b.service", "-.mount", `dev-disk\x2dx.device`, "a.b.timer", "system-a.slice"} {
		if err := checkUnit(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "a", ".service", "a@.service", "@b.service", "a b.service", "a/b.mount", "a.conf", strings.Repeat("a", 250) + ".mount"} {
		if err := checkUnit(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestDocumentationIsKeptWhereItIsReset(t *testing.T) {
	ours := []string{"man:gorun(1)"}
	for text, want := range map[string]string{
		"":                                    "[man:gorun(1)]",
		"Documentation=man:a":                 "[man:gorun(1)] [man:a]",
		"Documentation=":                      "[man:gorun(1)] [] [man:gorun(1)]",
		"Documentation= ;Documentation=man:a": "[man:gorun(1)] [] [man:a] [man:gorun(1)]",
	} {
		spec := Spec{Unit: "x.scope", Documentation: ours}
		for _, assignment := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' }) {
			spec.Properties = append(spec.Properties, property(t, assignment))
		}
		list, err := spec.properties()
		var got []string
		for _, p := range list {
			if uris, ok := p.value.([]string); ok {
				got = append(got, "["+strings.Join(uris, " ")+"]")
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"a b", `'a b' c`, `a\ b`, `""`, "0-3,7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := words(s, whitespace)
		if err != nil {
			return
		}
		quoted := make([]string, len(list))
		for i, word := range list {
			quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
		}
		again, err := words(strings.Join(quoted, " "), whitespace)
		if err != nil || !slices.Equal(list, again) {
			t.Errorf("%q is %q, quoted and split again %q, %v", s, list, again, err)
		}
	})
}

func FuzzParseCPUSet(f *testing.F) {
	for _, s := range []string{"0", "0-3", "0,2 4-5", "8191", "1-2-3", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if set, err := parseCPUSet(s); err == nil && (len(set)%8 != 0 || len(set) > cpuLimit/8) {
			t.Errorf("%q: %d bytes", s, len(set))
		}
	})
}

// FuzzParseProperty looks for what no syntax may make: a value that D-Bus cannot
// carry.
func FuzzParseProperty(f *testing.F) {
	for _, r := range Properties() {
		s, _ := sampleOf(r)
		f.Add(r.Name + "=" + s.good)
		f.Add(r.Name + "=" + s.bad)
		f.Add(r.Name + "=")
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseProperty(s)
		if err != nil {
			return
		}
		p.Warning()
		if m := p.message(); m.Name == "" || !isSendable(m.Value.Value()) {
			t.Errorf("%q becomes %s=%v", s, m.Name, m.Value)
		}
	})
}
