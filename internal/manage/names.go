package manage

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorun/internal/account"
	"gorun/internal/unitname"
	"gorun/scope"
)

// Names lists the runs of a manager by their units' names. It looks at files only, which takes
// no time, and is empty where no manager runs: it is for completion.
func Names(m scope.Manager) []string {
	if m == scope.Embedded || m == scope.DefaultManager && scope.Here() == scope.Embedded {
		return embeddedNames()
	}
	dir := "/run"
	if m.OfUser() {
		dir = filepath.Join("/run/user", strconv.Itoa(account.OwnUID()))
	}
	return namesIn(filepath.Join(dir, "systemd/transient"))
}

// embeddedNames lists the runs without a manager.
func embeddedNames() (names []string) {
	list, _ := scope.Embedded.List(context.Background()) // what cannot be read is not offered
	for _, l := range list {
		if slices.Contains(l.State.Documentation, unitname.Documentation) {
			names = append(names, l.Unit)
		}
	}
	return names
}

// namesIn lists the runs in a manager's directory of transient units.
func namesIn(dir string) (names []string) {
	entries, _ := os.ReadDir(dir) // there is none if there is no manager
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".scope") || !e.Type().IsRegular() {
			continue
		}
		data, _ := os.ReadFile(filepath.Join(dir, e.Name())) // it may end now
		if isRun(string(data)) {
			names = append(names, e.Name())
		}
	}
	return names
}

// isRun reports whether a unit's file is one of gorun's:
//
//	[Unit]
//	Documentation=man:gorun(1)
func isRun(file string) bool {
	for line := range strings.Lines(file) {
		if uris, ok := strings.CutPrefix(line, "Documentation="); ok && slices.Contains(strings.Fields(uris), unitname.Documentation) {
			return true
		}
	}
	return false
}
