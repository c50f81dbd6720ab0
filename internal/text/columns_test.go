package text

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

func TestTextsAreCutToCells(t *testing.T) {
	for _, c := range []struct {
		text  string
		cells int
		want  string
	}{
		{"make -j8", 8, "make -j8"},
		{"make -j8", 7, "make -…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"},
		{"ab", 1, "…"},
		{"ab", 0, ""},
	} {
		if got := Cut(c.text, c.cells); got != c.want || Width(got) > c.cells {
			t.Errorf("%q in %d cells: %q", c.text, c.cells, got)
		}
	}
}

func TestColumnsFitTheWidth(t *testing.T) {
	for width, want := range map[int]string{
		0:  "NAME       SIZE  LONG TITLE  WHAT\nfirst-one     1  x           a long command line\n2nd        1000  y           \\x1b[2J\n",
		28: "NAME       SIZE  WHAT\nfirst-one     1  a long com…\n2nd        1000  \\x1b[2J\n",
		16: "NAME     WHAT\nfirst…   a lon…\n2nd      \\x1b[…\n",
	} {
		table := NewColumns(Column{Title: "NAME", Least: 5}, Column{Title: "SIZE", Right: true, Drop: 1}, Column{Title: "LONG TITLE", Drop: 2}, Column{Title: "WHAT", Least: 6})
		table.Row("first-one", "1", "x", "a long command line")
		table.Row("2nd", "1000", "y", "\x1b[2J")
		var out strings.Builder
		if err := table.Print(&out, width, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := Width(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
				t.Errorf("%d cells in a line for %d: %q", n, width, line)
			}
		}
		if width != 16 && out.String() != want {
			t.Errorf("width %d:\n%s", width, out.String())
		}
		if heading, _, _ := strings.Cut(out.String(), "\n"); width == 16 && strings.Join(strings.Fields(heading), " ") != "NAME WHAT" {
			t.Errorf("width %d:\n%s", width, out.String())
		}
	}
}

// Only a terminal has a width, and a heading in bold.
func TestWhatIsNoTerminalGetsWholeLines(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	getenv := func(string) string { return "xterm" }
	for _, s := range []Screen{ScreenOf(w, getenv), ScreenOf(&bytes.Buffer{}, getenv)} {
		if s != (Screen{}) {
			t.Errorf("got %+v", s)
		}
	}
}

func TestSpansHaveTwoUnitsAtMost(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 20400 * time.Microsecond: "20ms", 1560 * time.Millisecond: "1.5s", 12900 * time.Millisecond: "12s", 312 * time.Second: "5min 12s",
		time.Hour + 59*time.Second: "1h", 26*time.Hour + 30*time.Minute: "1d 2h",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
