package state

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"gorun/internal/smallfile"
)

// config is the part of journald.conf(5) that says what is kept where.
type config struct {
	storage  string // auto, persistent, volatile or none
	maxLevel string // the least important level that is kept
	split    string // uid: users have files of their own; none: all is in one
}

// configDirs are where the configuration is, the most important first.
var configDirs = []string{"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"}

// readConfig reads the main file and then, in the order of their names, the drop-ins. Of
// files with the same name only the most important counts.
func readConfig() config {
	c := config{storage: "auto", maxLevel: "debug", split: "uid"}
	for _, dir := range configDirs {
		if text, err := smallfile.Read(filepath.Join(dir, "journald.conf")); err == nil {
			c.parse(string(text))
			break
		}
	}
	dropIns := map[string]string{}
	for _, dir := range slices.Backward(configDirs) {
		found, _ := filepath.Glob(filepath.Join(dir, "journald.conf.d", "*.conf")) // the pattern is valid
		for _, file := range found {
			dropIns[filepath.Base(file)] = file
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dropIns)) {
		text, _ := smallfile.Read(dropIns[name]) // what cannot be read changes nothing
		c.parse(string(text))
	}
	return c
}

// parse reads a file:
//
//	[Journal]
//	Storage=volatile
//	MaxLevelStore=warning
func (c *config) parse(text string) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "Storage":
			c.storage = value
		case "MaxLevelStore":
			c.maxLevel = value
		case "SplitMode":
			c.split = value
		}
	}
}

// keepsInfo reports whether entries of the level info are kept, which gorun's and those of
// a command's output are.
func (c config) keepsInfo() bool {
	return !slices.Contains([]string{"emerg", "alert", "crit", "err", "warning", "notice", "0", "1", "2", "3", "4", "5"}, c.maxLevel)
}
