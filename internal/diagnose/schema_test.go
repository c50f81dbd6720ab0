package diagnose

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gorun/internal/text"
)

// The schemas in docs/schema require each field, and allow no other.
func TestJSONIsAsTheSchemasSay(t *testing.T) {
	for schema, value := range map[string]any{
		"audit": []*Process{
			{PID: 1, Name: "a", Command: []string{}, Reason: "system", Why: "why"},
			{PID: 2, UID: 1000, User: new("alice"), Unit: new("a.scope"), Session: new("1"), Terminal: new("pts/0"), Name: "tmux: server", Command: []string{"tmux"},
				Survives: new(false), Reason: "hangup", Why: "why", DelaySeconds: new(10.0), Multiplexer: new("tmux"), DiesWith: new("a.service"), OOMPolicy: new("stop")},
		},
		"doctor": []Finding{{"a", OK, "m", nil}, {"b", Warning, "m", new("fix")}, {"c", Problem, "m", new("fix")}},
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
