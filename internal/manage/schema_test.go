package manage

import (
	"strings"
	"testing"
	"time"

	"gorun/docs/schema"
	"gorun/internal/report"
	"gorun/internal/text"
)

// The schemas in docs/schema require each field, and allow no other.
func TestJSONIsAsTheSchemasSay(t *testing.T) {
	now := time.Now()
	rep := report.NeverStarted([]string{"a"}, &EndedError{"x.scope"}, 125)
	for name, value := range map[string]any{
		"runs": []*Status{
			{Unit: "x.scope", Manager: "user", State: "ended", Report: rep},
			{Unit: "x.scope", Manager: "system", State: "active", Since: &now, Frozen: new(true), User: new("alice"), Command: []string{"a"},
				Processes: []Process{{PID: 1, Name: "a", Command: []string{}, SurvivalReason: "system"}}},
		},
		"actions": []*Action{{Unit: "x.scope", Manager: "user", Result: Stopped}, {Unit: "x.scope", Manager: "user", Result: Failed, Error: new("no")},
			{Unit: "x.scope", Manager: "user", Result: Unknown}, {Unit: "x.scope", Manager: "user", Result: Killed}, {Unit: "x.scope", Manager: "user", Result: Frozen, TimeLeft: new(1.5)}},
		"clean": []*Remnant{{Kind: "failed", Name: "x.scope", Manager: new("user"), Result: new("timeout"), What: "failed", Cleaned: true},
			{Kind: "file", Name: "/tmp/x", What: "was a log", Age: new(1.5), Reason: new("in use")}},
		"adopted": &Adopted{Unit: "x.scope", InvocationID: strings.Repeat("0", 32), Manager: "system", Cgroup: "/x.scope", PIDs: []int{1}, SurvivesLogout: new(true), SurvivalReason: "system",
			Left: []StayedProcess{{PID: 2, Unit: "y.scope", Reason: "another run"}}},
	} {
		var out strings.Builder
		if err := text.JSON(&out, value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Check(name, out.String()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
