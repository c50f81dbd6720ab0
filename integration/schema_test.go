package integration

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// valid runs a command that prints JSON, which must be as the schema in docs/schema says, and
// returns it. The status may be any.
func (s *session) valid(schema, command string) string {
	s.t.Helper()
	out := s.run(command)
	compiled, err := jsonschema.NewCompiler().Compile("../docs/schema/" + schema + ".json")
	if err != nil {
		s.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(out.Stdout))
	if err == nil {
		err = compiled.Validate(value)
	}
	if err != nil {
		s.t.Errorf("%s: %v, printed %s%s", command, err, out.Stdout, out.Stderr)
	}
	return out.Stdout
}
