package journal

import (
	"maps"
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
