package manage

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorun/internal/account"
	"gorun/scope"
)

// UnitFiles lists the services and targets that a manager has files of, for completion: it looks at
// files only. A template is listed up to its "@".
func UnitFiles(m scope.Manager) []string {
	var names []string
	for _, dir := range unitDirs(m) {
		names = append(names, unitsIn(dir)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unitDirs are the directories in which people and packages put units (systemd.unit(5)).
func unitDirs(m scope.Manager) []string {
	const kinds = "/etc/systemd/ /run/systemd/ /usr/local/lib/systemd/ /usr/lib/systemd/"
	kind := "system"
	var dirs []string
	if m.OfUser() {
		kind = "user"
		dirs = append(dirs, filepath.Join("/run/user", strconv.Itoa(account.OwnUID()), "systemd/user"))
		if config, err := os.UserConfigDir(); err == nil { // else there is no home directory
			dirs = append(dirs, filepath.Join(config, "systemd/user"))
		}
	}
	for _, dir := range strings.Fields(kinds) {
		dirs = append(dirs, dir+kind)
	}
	return dirs
}

// unitsIn lists the units of a directory.
func unitsIn(dir string) (names []string) {
	entries, _ := os.ReadDir(dir) // there may be none
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".service") && !strings.HasSuffix(name, ".target") {
			continue
		}
		if template, _, ok := strings.Cut(name, "@."); ok {
			name = template + "@"
		}
		names = append(names, name)
	}
	return names
}
