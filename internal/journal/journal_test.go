package journal

import (
	"maps"
	"strings"
	"testing"
)

func TestEntryNamesItsUnitWhereJournalctlLooksForIt(t *testing.T) {
	for _, c := range []struct {
		entry Entry
		want  map[string]string
	}{
		{Entry{}, map[string]string{"SYSLOG_IDENTIFIER": "gorun"}},
		{
			Entry{ID: "ab", Unit: "x.scope", OfUser: true, Fields: map[string]string{"A": "1"}},
			map[string]string{"SYSLOG_IDENTIFIER": "gorun", "MESSAGE_ID": "ab", "USER_UNIT": "x.scope", "A": "1"},
		},
		{Entry{Unit: "x.scope"}, map[string]string{"SYSLOG_IDENTIFIER": "gorun", "OBJECT_SYSTEMD_UNIT": "x.scope"}},
	} {
		if got := c.entry.fields(); !maps.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.entry, got, c.want)
		}
	}
}

func TestParseEntriesReadsJournalctlsOutput(t *testing.T) {
	list, err := parseEntries([]byte(`{"MESSAGE":"a\nb","_UID":"1000","BINARY":[1,255],"TWICE":["a","b"],"TWICE_BINARY":[[1],[255]],"LARGE":null}` + "\n" + `{"MESSAGE":"c"}` + "\n"))
	if err != nil || len(list) != 2 || !maps.Equal(list[0], map[string]string{"MESSAGE": "a\nb", "_UID": "1000", "BINARY": "\x01\xff"}) || list[1]["MESSAGE"] != "c" {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := parseEntries(nil); err != nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := parseEntries([]byte("-- No entries --\n")); err == nil {
		t.Error("output that is not JSON is not an error")
	}
}

func TestHeaderOfAStreamFitsJournald(t *testing.T) {
	longest := strings.Repeat("x", 249) + ".scope"
	for i, line := range header(longest, longest) {
		if len(line) > maxHeader {
			t.Errorf("line %d has %d bytes", i, len(line))
		}
	}
	if got := header("x.scope", "x.scope"); got[0] != "x.scope" || got[1] != "x.scope" {
		t.Errorf("got %q", got)
	}
}
