package scope

import (
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"gorun/internal/systemd1"
	"gorun/internal/unitname"
	"gorun/scope/property"
)

// refused is the error for a property of which the manager says that it is wrong,
// nil if it does not say which one it means.
//
//	Value specified in MemoryMax is out of range
//	Invalid condition type: ConditionFraction
//	Unknown cgroup controller 'bpf-bind-network-interface'
//	Unit database.service not found.
//	Job mode lenient is invalid.
func (s Spec) refused(e dbus.Error) error {
	if e.Name != systemd1.InvalidArgs && e.Name != systemd1.BadUnitSetting && e.Name != systemd1.NoSuchUnit {
		return nil
	}
	if e.Error() == "Job mode "+s.JobMode+" is invalid." {
		return &property.Error{Name: "JobMode", Value: s.JobMode, Reason: "this systemd does not have the mode"}
	}
	properties, _ := s.properties() // valid: it was sent
	p, ok := meant(properties, e.Error())
	if !ok {
		return nil
	}
	if strings.HasPrefix(e.Error(), "Invalid condition type") {
		return unsupported(p)
	}
	return &property.Error{Name: p.Name(), Value: p.Text(), Reason: "the manager refuses it: " + e.Error()}
}

// meant finds the property that the manager's words are about. Of several with the
// same name it is the one whose value is quoted, or else the last.
func meant(properties []property.Property, text string) (found property.Property, ok bool) {
	for _, p := range properties {
		named := hasWord(text, p.Name()) || hasWord(text, p.WireName())
		quoted := isQuoted(p, text)
		switch {
		case named && quoted:
			return p, true
		case named, quoted && !ok:
			found, ok = p, true
		}
	}
	return found, ok
}

// isQuoted tells whether a part of the value is among the manager's words. Texts
// for people have any words.
func isQuoted(p property.Property, text string) bool {
	if p.Name() == "Description" {
		return false
	}
	for _, word := range strings.Fields(p.Text()) {
		word = strings.TrimLeft(word, "|!+-~")
		if len(word) > 1 && hasWord(text, word) {
			return true
		}
	}
	return false
}

// hasWord tells whether text has the word, and not as a part of another.
func hasWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if word == "" || i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if !endsInWord(text[:start]) && !startsWithWord(text[end:]) {
			return true
		}
		from = end
	}
}

func endsInWord(s string) bool     { return s != "" && unitname.IsAlphanumeric(s[len(s)-1]) }
func startsWithWord(s string) bool { return s != "" && unitname.IsAlphanumeric(s[0]) }

// unsupported is the error for a property that this manager's scopes do not have.
func unsupported(p property.Property) *property.Error {
	reason := "this systemd does not have it for scopes"
	if since := p.Info().Since; since != 0 {
		reason += fmt.Sprintf("; systemd %d does", since)
	}
	return &property.Error{Name: p.Name(), Value: p.Text(), Reason: reason}
}
