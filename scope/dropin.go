package scope

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// mayHaveDropIn tells whether there is a folder whose files the manager reads over
// what a unit of that name is started with. Asking the manager in each launch would
// cost a round trip, looking costs some microseconds.
func mayHaveDropIn(unit string, m Manager, getenv func(string) string) bool {
	for _, dir := range unitDirs(m, getenv) {
		for _, name := range dropInNames(unit) {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return true
			}
		}
	}
	return false
}

// dropInNames are the folders for all scopes, for those whose names begin alike, and
// for the unit itself: scope.d, gorun-.scope.d, gorun-make-.scope.d, ... (unit
// drop-ins in systemd.unit(5)).
func dropInNames(unit string) []string {
	names := []string{"scope.d", unit + ".d"}
	stem := strings.TrimSuffix(unit, suffix)
	for i := range len(stem) {
		if stem[i] == '-' && i+1 < len(stem) {
			names = append(names, stem[:i+1]+suffix+".d")
		}
	}
	return names
}

// unitDirs are where people and packages put units (systemd.unit(5), "Unit File
// Load Path").
func unitDirs(m Manager, getenv func(string) string) []string {
	if m == SystemManager {
		return []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"}
	}
	dirs := []string{"/etc/systemd/user", "/run/systemd/user", runtimeDir() + "/systemd/user",
		"/usr/local/lib/systemd/user", "/usr/lib/systemd/user"}
	for _, base := range []struct{ variable, home string }{{"XDG_CONFIG_HOME", ".config"}, {"XDG_DATA_HOME", ".local/share"}} {
		dir := getenv(base.variable)
		if dir == "" {
			dir = filepath.Join(getenv("HOME"), base.home)
		}
		dirs = append(dirs, filepath.Join(dir, "systemd/user"))
	}
	return dirs
}

// unsaid are the properties that nobody minds to be set otherwise.
var unsaid = []string{"Description", "Documentation", "CollectMode", "Slice"}

// findOverrides compares what was asked for with what the manager holds. Lists,
// which a drop-in adds to, are left out.
func (s *Scope) findOverrides(ctx context.Context, conn *bus.Conn, asked []Property) {
	for i, p := range asked {
		if isSuperseded(asked, i) || slices.Contains(unsaid, p.name) || s.isOverridden(p.name) {
			continue
		}
		if isList(p.value) {
			continue
		}
		held := reflect.New(reflect.TypeOf(p.value))
		for _, kind := range []systemd1.Kind{systemd1.Scope, systemd1.Unit} {
			err := systemd1.Get(ctx, conn, s.Unit, kind, p.wire, held.Interface())
			if err == nil && held.Elem().Interface() != p.value {
				s.Overridden = append(s.Overridden, Override{p.name, p.text})
			}
		}
	}
}

func (s *Scope) isOverridden(name string) bool {
	return slices.ContainsFunc(s.Overridden, func(o Override) bool { return o.Name == name })
}
