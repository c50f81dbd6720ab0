package property

import (
	"errors"
	"strings"
)

// condition is (sbbs): a check that the manager makes when it starts the scope.
type condition struct {
	Type    string
	Trigger bool // one of these is enough
	Negate  bool
	Param   string
}

// conditionSyntax is the parameter of a condition (a(sbbs)). A "|" in front means that one
// of several such conditions is enough, a "!" negates the condition. An empty value
// removes all conditions so far, whatever their types.
func conditionSyntax(name, metavar string, check func(string) error) syntax {
	return plain("[|][!]"+metavar, func(text string) ([]condition, error) {
		c := condition{Type: name}
		c.Param, c.Trigger = strings.CutPrefix(text, "|")
		c.Param, c.Negate = strings.CutPrefix(c.Param, "!")
		if c.Param == "" {
			return nil, errors.New("nothing to check for")
		}
		return []condition{c}, checkCleanly(c.Param, check)
	}).orEmpty([]condition{})
}
