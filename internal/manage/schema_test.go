package manage

import (
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gorun/internal/report"
	"gorun/internal/text"
)

// The schemas in docs/schema require each field, and allow no other.
func TestJSONIsAsTheSchemasSay(t *testing.T) {
	now := time.Now()
	rep := report.NeverStarted([]string{"a"}, &EndedError{"x.scope"}, 125)
	for schema, value := range map[string]any{
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
		compiled, err := jsonschema.NewCompiler().Compile("../../docs/schema/" + schema + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := text.JSON(&out, value); err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(out.String()))
		if err == nil {
			err = compiled.Validate(parsed)
		}
		if err != nil {
			t.Errorf("%s: %v", schema, err)
		}
	}
}
