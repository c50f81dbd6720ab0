package text

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
)

// texts have what a terminal acts on, and what it prints.
var texts = map[string]string{
	"plain words, 1 + 1":            "plain words, 1 + 1",
	`gorun-a\x2db.scope "x" 'y'`:    `gorun-a\x2db.scope "x" 'y'`,
	"é 日本語 👍 a\u0301 \u00a0 \u3000": "é 日本語 👍 a\u0301 \u00a0 \u3000",
	"\x1b]0;title\a\x1b[2J":         `\x1b]0;title\a\x1b[2J`,
	"two\nlines\r\tand more\x7f":    `two\nlines\r\tand more\x7f`,
	"\u009b31m \u0085":              `\u009b31m \u0085`,
	"caf\xe9 \xff\xfe \x9b31m":      `caf\xe9 \xff\xfe \x9b31m`,
	"\u202eright to left":           `\u202eright to left`,
	"\ufffd":                        "\ufffd",
	"":                              "",
}

func TestTextsFromElsewhereDoNotActOnTheTerminal(t *testing.T) {
	for in, want := range texts {
		if got := Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		var out strings.Builder
		table := NewTable(&out)
		Fprintf(table, "a\t%s\t%v\t%q\n", in, errors.New(in), in)
		table.Flush()
		sheet := NewSheet(&out)
		sheet.Line("name", "%s", in)
		sheet.Flush()
		if err := JSON(&out, []string{in}); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(out.String()) {
			if at := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !unicode.IsGraphic(r) }); at >= 0 {
				t.Errorf("%q: printed %q", in, line)
			}
		}
		if got := strings.Count(out.String(), "\n"); got != 5 {
			t.Errorf("%q: %d lines, want 5: %q", in, got, out.String())
		}
	}
}

// What is printed in another way than as a text stays as it is.
func TestFormatsKeepTheirMeaning(t *testing.T) {
	var out strings.Builder
	Fprintf(&out, "%d%% %5s|%-5s|%.2f|%v|%t\n", 7, "é", "b", 1.5, []int{1, 2}, true)
	if want := "7%     é|b    |1.50|[1 2]|true\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestJSONKeepsEachCharacter(t *testing.T) {
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r < 0x3000 || r > 0xd800 && r < 0x10200 || r > 0xe0000 && r < 0xe0200 {
			b.WriteRune(r)
		}
	}
	all := b.String()
	var out strings.Builder
	if err := JSON(&out, all); err != nil {
		t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back != all {
		t.Errorf("%v: the text has changed", err)
	}
}
