package scope

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/unitname"
)

// mayHaveDropIn reports whether there is a directory of drop-ins for a unit of that name,
// which win over what the unit is started with. Asking the manager in each launch would
// cost a round trip; looking costs some microseconds.
func mayHaveDropIn(unit string, m Manager, getenv func(string) string) bool {
	names := dropInNames(unit)
	for _, dir := range unitDirs(m, getenv) {
		isIn := func(name string) bool { return exists(filepath.Join(dir, name)) }
		if exists(dir) && slices.ContainsFunc(names, isIn) { // most of the directories do not exist
			return true
		}
	}
	return false
}

func exists(file string) bool {
	var st unix.Stat_t
	return unix.Stat(file, &st) == nil
}

// dropInNames are the directories of drop-ins for all scopes, for scopes whose names begin
// alike, and for the unit itself: scope.d, gorun-.scope.d, gorun-make-.scope.d, ...
// (systemd.unit(5)).
func dropInNames(unit string) []string {
	kind := unitname.Type(unit)
	names := []string{strings.TrimPrefix(kind, ".") + ".d", unit + ".d"}
	stem := strings.TrimSuffix(unit, kind)
	for i := range len(stem) {
		if stem[i] == '-' && i+1 < len(stem) {
			names = append(names, stem[:i+1]+kind+".d")
		}
	}
	return names
}

// unitDirs are where people and packages put units (systemd.unit(5), "Unit File
// Load Path"). "systemctl set-property" writes into those that end in .control.
func unitDirs(m Manager, getenv func(string) string) []string {
	if m == SystemManager {
		return []string{"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
			"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"}
	}
	dirs := []string{runtimeDir() + "/systemd/user.control", runtimeDir() + "/systemd/transient",
		"/etc/xdg/systemd/user", "/etc/systemd/user", "/run/systemd/user", runtimeDir() + "/systemd/user",
		"/usr/local/share/systemd/user", "/usr/share/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"}
	for _, base := range []struct{ variable, home string }{{"XDG_CONFIG_HOME", ".config"}, {"XDG_DATA_HOME", ".local/share"}} {
		dir := getenv(base.variable)
		if dir == "" {
			dir = filepath.Join(getenv("HOME"), base.home)
		}
		dirs = append(dirs, filepath.Join(dir, "systemd/user"), filepath.Join(dir, "systemd/user.control"))
	}
	return dirs
}
