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
		"actions": []*Action{{Unit: "x.scope", Manager: "user", Result: Stopped}, {Unit: "x.scope", Manager: "user", Result: Failed, Error: new("no")}},
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
