package scope

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// suffix ends the name of every scope.
const suffix = ".scope"

// maxNameLength is systemd's UNIT_NAME_MAX without the final NUL.
const maxNameLength = 255

// unitTypes are the endings by which systemd tells the type of a unit.
var unitTypes = []string{".service", ".socket", ".target", ".device", ".mount", ".automount",
	".swap", ".timer", ".path", ".slice", suffix}

// NewName makes an unused name for a scope that runs command:
// gorun-make-1f2e3d4c5b6a7988.scope. Its parts are escaped so that the drop-in
// folders gorun-.scope.d and gorun-make-.scope.d apply to it.
func NewName(command string) (string, error) {
	var id [8]byte
	if _, err := unix.Getrandom(id[:], 0); err != nil {
		return "", fmt.Errorf("make a unit name: %w", err)
	}
	escaped := escape(path.Base(command))
	tail := fmt.Sprintf("-%x%s", id, suffix)
	room := maxNameLength - len("gorun-") - len(tail)
	return "gorun-" + escaped[:min(len(escaped), room)] + tail, nil
}

// escape writes a string as one part of a unit name, as systemd-escape(1) does.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			b.WriteByte('-')
		case isAlphanumeric(c), c == ':', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// MangleName makes what a person typed into the name of a scope as systemd-run(1)
// does: "/" becomes "-", other characters that a name may not have become \xNN,
// and ".scope" is added.
func MangleName(s string) (string, error) { return mangle(s, suffix) }

// MangleSlice does for slices what [MangleName] does for scopes.
func MangleSlice(s string) (string, error) { return mangle(s, ".slice") }

func mangle(s, suffix string) (string, error) {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			b.WriteByte('-')
		case isNameByte(c):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	name := b.String()
	if typeOf(name) == "" && name != "" {
		name += suffix
	}
	if strings.HasPrefix(s, "/") {
		return "", errors.New("a path is the name of a mount or device unit")
	}
	return name, checkName(name, suffix)
}

// checkName says what keeps name from being the plain name of a unit of the type
// that suffix stands for.
func checkName(name, suffix string) error {
	switch {
	case name == "" || name == suffix:
		return errors.New("the name is empty")
	case len(name) > maxNameLength:
		return fmt.Errorf("the name has %d characters, %d are allowed", len(name), maxNameLength)
	case !strings.HasSuffix(name, suffix):
		return fmt.Errorf("a %s must have a name that ends in %s", suffix[1:], suffix)
	case name == "init.scope":
		return errors.New("it is the manager's own")
	case suffix == ".slice" && name != "-.slice" && !isSlicePath(strings.TrimSuffix(name, suffix)):
		return errors.New("dashes stand between the names of slices, one at a time")
	case strings.Contains(name, "@"):
		return fmt.Errorf("a %s cannot be an instance of a template (@)", suffix[1:])
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return fmt.Errorf("character %q is not allowed in the name of a unit", name[i])
		}
	}
	return nil
}

// isSlicePath tells names that say where the slice is: a-b.slice is in a.slice.
func isSlicePath(name string) bool {
	return !strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-") && !strings.Contains(name, "--")
}

// typeOf is the ending that tells a unit's type, "" if there is none.
func typeOf(name string) string {
	for _, t := range unitTypes {
		if strings.HasSuffix(name, t) {
			return t
		}
	}
	return ""
}

// isNameByte tells systemd's VALID_CHARS_WITH_AT.
func isNameByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte(`:-_.\@`, c) >= 0
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
