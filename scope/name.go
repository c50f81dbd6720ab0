package scope

import (
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"gorun/internal/unitname"
)

// suffix ends the name of every scope.
const suffix = ".scope"

// NewName makes an unused name for a scope that runs command:
// gorun-make-1f2e3d4c5b6a7988.scope. Its parts are escaped so that the drop-in
// directories gorun-.scope.d and gorun-make-.scope.d apply to it.
func NewName(command string) (string, error) {
	id, err := newID()
	if err != nil {
		return "", err
	}
	escaped := unitname.Escape(path.Base(command))
	tail := "-" + id + suffix
	room := unitname.MaxLength - len("gorun-") - len(tail)
	return "gorun-" + escaped[:min(len(escaped), room)] + tail, nil
}

// newID makes an unused part of a name, of 16 hex digits.
func newID() (string, error) {
	var id [idLength / 2]byte
	if _, err := unix.Getrandom(id[:], 0); err != nil {
		return "", fmt.Errorf("make a unit name: %w", err)
	}
	return fmt.Sprintf("%x", id), nil
}

// NewServiceName makes an unused name for a service, PREFIX-ID.service.
func NewServiceName(prefix string) (string, error) {
	id, err := newID()
	return prefix + "-" + id + ".service", err
}

// idLength is how long it is.
const idLength = 16

// MangleName makes what a person typed into the name of a scope as systemd-run(1)
// does: "/" becomes "-", other characters that a name cannot have become \xNN, and
// ".scope" is added.
func MangleName(s string) (string, error) { return unitname.Mangle(s, suffix) }

// MangleSlice does for slices what [MangleName] does for scopes.
func MangleSlice(s string) (string, error) { return unitname.Mangle(s, ".slice") }
