package scope

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// unitFiles is the runtime directory of a manager, with the files in which it notes what its
// units are. They save a question for each unit. Empty if the files are not to be read.
type unitFiles string

// invocation reads the invocation ID of a unit, and when the unit was started. The ID is empty if
// there is no such file (see findInvocation).
func (f unitFiles) invocation(unit string) (id string, since time.Time) {
	if f == "" {
		return "", time.Time{}
	}
	name := filepath.Join(string(f), "systemd/units/invocation:"+unit)
	st, err := os.Lstat(name)
	if err != nil {
		return "", time.Time{}
	}
	id, err = os.Readlink(name)
	if err != nil {
		return "", time.Time{}
	}
	return id, st.ModTime()
}

// documentation reads the URIs of a transient unit. Nil if there is no such file.
func (f unitFiles) documentation(unit string) []string {
	if f == "" {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(string(f), "systemd/transient", unit))
	if err != nil {
		return nil
	}
	return parseDocumentation(string(data))
}

// parseDocumentation reads the URIs in a unit file:
//
//	[Unit]
//	Documentation=man:gorun(1)
func parseDocumentation(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "Documentation="); ok {
			list = append(list, strings.Fields(value)...)
		}
	}
	return list
}
