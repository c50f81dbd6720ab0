package manage

import (
	"strings"
	"testing"
	"time"

	"gorun/internal/report"
	"gorun/internal/state"
)

func TestLinesAreShownAsTextAndSplitOnesJoined(t *testing.T) {
	time.Local = time.UTC
	entry := func(message, more string) map[string]string {
		e := map[string]string{"MESSAGE": message, "SYSLOG_IDENTIFIER": "x.scope", "_PID": "7", "_STREAM_ID": "s", "__REALTIME_TIMESTAMP": "1772600767000000"}
		if more != "" {
			e["_LINE_BREAK"] = more
		}
		return e
	}
	const front = "Mar 04 05:06:07 x.scope[7]: "
	for _, c := range []struct {
		entries   []map[string]string
		raw       bool
		want      string
		wantCount int
	}{
		{[]map[string]string{entry("10%\r20%", "")}, false, front + `10%\r20%` + "\n", 1},
		{[]map[string]string{entry("10%\r20%", "")}, true, front + "10%\r20%\n", 1},
		{[]map[string]string{entry("a\tb\x1b[31m\xe9", "")}, false, front + "a\tb" + `\x1b[31m\xe9` + "\n", 1},
		{[]map[string]string{entry("a\nb", "")}, false, front + "a\nb\n", 1},
		{[]map[string]string{entry("aaa", "line-max"), entry("bbb", "line-max"), entry("c", ""), entry("d", "eof")}, false,
			front + "aaabbbc\n" + front + "d\n", 2},
		{[]map[string]string{entry("cut", "line-max")}, false, "cut\n", 1},
	} {
		var out strings.Builder
		p := &logPrinter{out: &out, raw: c.raw, parts: map[string]string{}}
		for _, e := range c.entries {
			p.entry(e)
		}
		p.flush()
		if out.String() != c.want || p.entries != c.wantCount || p.err != nil {
			t.Errorf("got %q, %d entries, %v; want %q", out.String(), p.entries, p.err, c.want)
		}
	}
}

func TestFileIsShownAsText(t *testing.T) {
	for raw, want := range map[bool]string{false: "a\\r\tb\nc\\x1b\\xe9é\nd\n", true: "a\r\tb\nc\x1b\xe9é\nd"} {
		var out strings.Builder
		p := &logPrinter{out: &out, raw: raw}
		if err := p.copy(strings.NewReader("a\r\tb\nc\x1b\xe9é\nd")); err != nil || out.String() != want {
			t.Errorf("raw %t: %v, got %q, want %q", raw, err, out.String(), want)
		}
	}
}

// Runs with and without a scope leave notes in several directories, and records in the journal.
func TestFileIsThatOfTheNewestRun(t *testing.T) {
	const boot = "5d0cd0e5f4e94e34a2e4b5ad9ec1a1d3"
	at := func(minutes int) state.Moment {
		return state.Moment{Boot: boot, Monotonic: time.Duration(minutes) * time.Minute}
	}
	run := func(minutes int) *report.Past {
		return &report.Past{InvocationID: "a", Latest: at(minutes), Log: "file:/of-record"}
	}
	for name, c := range map[string]struct {
		note *state.Note
		past *report.Past
		want string
	}{
		"no run":                               {nil, nil, ""},
		"a run without a note":                 {nil, run(1), "/of-record"},
		"a run with its note":                  {&state.Note{InvocationID: "a", Output: "/of-note", At: at(1)}, run(2), "/of-note"},
		"a run with another's note":            {&state.Note{InvocationID: "b", Output: "/of-note", At: at(1)}, run(2), "/of-record"},
		"a note whose run left nothing else":   {&state.Note{InvocationID: "b", Output: "/of-note", At: at(1)}, nil, "/of-note"},
		"a run without a scope":                {&state.Note{Output: "/of-note", At: at(1)}, nil, "/of-note"},
		"a run before one without a scope":     {&state.Note{Output: "/of-note", At: at(3)}, run(2), "/of-note"},
		"a run after one without a scope":      {&state.Note{Output: "/of-note", At: at(1)}, run(2), "/of-record"},
		"a run that has a note without a file": {&state.Note{At: at(3)}, run(2), "/of-record"},
	} {
		past := c.past
		if newer := withoutScope(c.note, past); newer != nil {
			past = newer
		}
		if got := fileOf(past, c.note); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
