// Package unitname has systemd's rules for the names of units (systemd.unit(5)).
//
// Limitations: it checks scopes and slices that are to be started, and units that
// another unit depends on; it does not check templates.
package unitname

import (
	"errors"
	"fmt"
	"strings"
)

// Documentation is a URI that all of gorun's units have. It shows that gorun started
// them.
const Documentation = "man:gorun(1)"

// MaxLength is systemd's UNIT_NAME_MAX without the final NUL.
const MaxLength = 255

// types are the suffixes by which systemd knows the type of a unit.
var types = []string{".service", ".socket", ".target", ".device", ".mount", ".automount",
	".swap", ".timer", ".path", ".slice", ".scope"}

// Type is the suffix that names a unit's type, such as ".scope". It is empty if there
// is none.
func Type(name string) string {
	for _, t := range types {
		if strings.HasSuffix(name, t) {
			return t
		}
	}
	return ""
}

// Check says why a name is not that of a unit with the suffix, ".scope" or ".slice".
func Check(name, suffix string) error {
	switch {
	case name == "" || name == suffix:
		return errors.New("the name is empty")
	case len(name) > MaxLength:
		return errTooLong(name)
	case !strings.HasSuffix(name, suffix):
		return fmt.Errorf("a %s must have a name that ends in %s", suffix[1:], suffix)
	case name == "init.scope":
		return errors.New("reserved for the manager")
	case suffix == ".slice" && name != "-.slice" && !isSlicePath(strings.TrimSuffix(name, suffix)):
		return errors.New("dashes separate the names of parent slices: one at a time, and not at the ends")
	case strings.Contains(name, "@"):
		return fmt.Errorf("a %s cannot be an instance of a template (@)", suffix[1:])
	}
	return checkBytes(name)
}

// isSlicePath reports whether the dashes in a slice's name say where the slice is:
// a-b.slice is in a.slice.
func isSlicePath(name string) bool {
	return !strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-") && !strings.Contains(name, "--")
}

// CheckDependency says why name cannot be the full name of a unit that another unit
// depends on. Instances of templates are allowed.
func CheckDependency(name string) error {
	suffix := Type(name)
	prefix, instance, templated := strings.Cut(strings.TrimSuffix(name, suffix), "@")
	switch {
	case suffix == "":
		return errors.New("must be a unit's full name, as in network.target")
	case len(name) > MaxLength:
		return errTooLong(name)
	case prefix == "", templated && instance == "":
		return errors.New("not the name of a unit that can be started")
	}
	return checkBytes(name)
}

func errTooLong(name string) error {
	return fmt.Errorf("the name has %d characters, %d are allowed", len(name), MaxLength)
}

// checkBytes says which character a name cannot have.
func checkBytes(name string) error {
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return fmt.Errorf("character %q is not allowed in the name of a unit", name[i])
		}
	}
	return nil
}

// Mangle makes what a person typed into a unit's name as systemd-run(1) does: "/"
// becomes "-", other characters that a name cannot have become \xNN, and the suffix is
// added if there is none.
func Mangle(s, suffix string) (string, error) {
	name := replace(s, func(_ int, c byte) bool { return isNameByte(c) })
	if Type(name) == "" && name != "" {
		name += suffix
	}
	if strings.HasPrefix(s, "/") {
		return "", errors.New("a path is the name of a mount or device unit")
	}
	return name, Check(name, suffix)
}

// Escape writes a string as one part of a unit's name, as systemd-escape(1) does.
func Escape(s string) string {
	return replace(s, func(i int, c byte) bool {
		return IsAlphanumeric(c) || c == ':' || c == '_' || c == '.' && i > 0
	})
}

// replace writes "-" for "/", and \xNN for the other characters that may not stay.
func replace(s string, stays func(i int, c byte) bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			b.WriteByte('-')
		case stays(i, c):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// isNameByte reports whether a name can have the character: systemd's
// VALID_CHARS_WITH_AT.
func isNameByte(c byte) bool {
	return IsAlphanumeric(c) || strings.IndexByte(`:-_.\@`, c) >= 0
}

// IsAlphanumeric reports whether c is an ASCII letter or digit.
func IsAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
