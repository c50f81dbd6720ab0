package diagnose

import (
	"strings"
	"testing"

	"gorun/docs/schema"
	"gorun/internal/text"
)

// The schemas in docs/schema require each field, and allow no other.
func TestJSONIsAsTheSchemasSay(t *testing.T) {
	for name, value := range map[string]any{
		"audit": []*Process{
			{PID: 1, Name: "a", Command: []string{}, Reason: "system", Why: "why"},
			{PID: 2, UID: 1000, User: new("alice"), Unit: new("a.scope"), Session: new("1"), Terminal: new("pts/0"), Name: "tmux: server", Command: []string{"tmux"},
				Survives: new(false), Reason: "hangup", Why: "why", DelaySeconds: new(10.0), Multiplexer: new("tmux"), DiesWith: new("a.service"), OOMPolicy: new("stop")},
		},
		"doctor": []Finding{{"a", OK, "m", nil}, {"b", Warning, "m", new("fix")}, {"c", Problem, "m", new("fix")}},
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
