package manage

import (
	"strings"
	"testing"
	"time"
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
