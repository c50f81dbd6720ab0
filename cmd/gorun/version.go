package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// release is the version of this source.
const release = "0.1.0"

// version says what this binary was built from. Info may lack the commit, or be nil: a source
// without its repository has none.
func version(info *debug.BuildInfo) string {
	words := []string{"gorun " + release}
	if commit := setting(info, "vcs.revision"); commit != "" {
		words = append(words, "commit "+commit)
	}
	if setting(info, "vcs.modified") == "true" {
		words = append(words, "with changes")
	}
	return fmt.Sprintf("%s, %s", strings.Join(words, ", "), runtime.Version())
}

// setting is what the binary was built with, empty if that is unknown.
func setting(info *debug.BuildInfo, key string) string {
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
