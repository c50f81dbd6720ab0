package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestNewestChangesAreThoseOfThisVersion(t *testing.T) {
	changes, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	_, newest, _ := strings.Cut(string(changes), "\n## ")
	if !strings.HasPrefix(newest, release+",") && !strings.HasPrefix(newest, release+"\n") {
		t.Errorf("CHANGELOG.md begins with %.20q, the version is %s", newest, release)
	}
}

func TestVersionSaysTheCommitOnlyIfItIsKnown(t *testing.T) {
	built := func(settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: settings}
	}
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123abc"}
	for want, info := range map[string]*debug.BuildInfo{
		"gorun " + release:                                    nil,
		"gorun " + release + ", commit 0123abc":               built(debug.BuildSetting{Key: "vcs", Value: "git"}, commit, debug.BuildSetting{Key: "vcs.modified", Value: "false"}),
		"gorun " + release + ", commit 0123abc, with changes": built(commit, debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
	} {
		if got := version(info); got != want+", "+runtime.Version() {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := version(built()); got != "gorun "+release+", "+runtime.Version() {
		t.Errorf("%q has no commit", got)
	}
}
