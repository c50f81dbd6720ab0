package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

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
