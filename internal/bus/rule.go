package bus

import (
	"fmt"
	"strings"
)

// Rule selects signals. An empty field selects all values.
type Rule struct {
	// Sender is a bus name. On a message bus only the name's owner can send the signal.
	// A direct peer sends all of its signals itself.
	Sender    string
	Path      string
	Interface string
	Member    string
	// Arg is the number of an argument that has to be Value. Value is a string.
	Arg   int
	Value string
}

// String is the match rule for a message bus.
func (r Rule) String() string {
	rule := "type='signal'"
	for _, field := range []struct{ name, value string }{
		{"sender", r.Sender}, {"path", r.Path}, {"interface", r.Interface}, {"member", r.Member}, {fmt.Sprintf("arg%d", r.Arg), r.Value},
	} {
		if field.value != "" {
			// Only an apostrophe would need quotes, and no name has one.
			rule += "," + field.name + "='" + strings.ReplaceAll(field.value, "'", "") + "'"
		}
	}
	return rule
}

// selects reports whether a signal has what the rule asks for, as far as its header says.
// The sender is not looked at.
func (r Rule) selects(h *header) bool {
	return (r.Path == "" || r.Path == string(h.path)) && (r.Interface == "" || r.Interface == string(h.iface)) && (r.Member == "" || r.Member == string(h.member))
}

// selectsBody reports whether a signal has the argument that the rule asks for.
func (r Rule) selectsBody(h *header, body []byte) bool {
	if r.Value == "" {
		return true
	}
	value, ok := h.text(body, r.Arg)
	return ok && string(value) == r.Value
}
