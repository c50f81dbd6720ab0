package quoting

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
		`a\ b c`:         {"a b", "c"},
		`"a b"c ''`:      {"a bc", ""},
		"a\n b":          {"a", "b"},
	} {
		if got, err := Split(in, Whitespace); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string][]string{`'a`: {"a"}, `"a`: {"a"}, `a"`: {"a"}, `a\`: {"a"}, `"a\`: {"a"}, `b 'a b`: {"b", "a b"}} {
		if got, err := Split(in, Whitespace); err == nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q and an error", in, got, err, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a b", `'a b' c`, `a\ b`, `""`, "0-3,7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := Split(s, Whitespace)
		if err != nil {
			return
		}
		quoted := make([]string, len(list))
		for i, word := range list {
			quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
		}
		again, err := Split(strings.Join(quoted, " "), Whitespace)
		if err != nil || !slices.Equal(list, again) {
			t.Errorf("%q is %q, quoted and split again %q, %v", s, list, again, err)
		}
	})
}
