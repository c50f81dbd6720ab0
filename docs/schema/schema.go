// Package schema has the JSON schemas of what gorun prints, for tests.
package schema

import (
	"bytes"
	"embed"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed *.json
var files embed.FS

// Check says how a JSON text differs from the schema of a name, such as "runs".
func Check(name, printed string) error {
	contents, err := files.ReadFile(name + ".json")
	if err != nil {
		return err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(contents))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, schema); err != nil {
		return err
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(printed))
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}
