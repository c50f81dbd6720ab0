package logind

import (
	"strings"
	"testing"
)

func TestOnlyWhatLogindKnowsIsInhibited(t *testing.T) {
	for what, bad := range map[string]string{
		"sleep": "", "sleep:idle": "", "shutdown": "", "handle-lid-switch:sleep": "",
		"": `""`, "slep": `"slep"`, "sleep:": `""`, "sleep,idle": `"sleep,idle"`, "sleep idle": `"sleep idle"`,
	} {
		err := CheckInhibited(what)
		if (err == nil) != (bad == "") || err != nil && !strings.HasPrefix(err.Error(), bad+" cannot be inhibited") {
			t.Errorf("%q: %v", what, err)
		}
	}
}
