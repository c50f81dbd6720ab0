package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionSaysOnceWhatIsUnknown(t *testing.T) {
	for want, info := range map[string]*debug.BuildInfo{
		"gorun of unknown version, unknown commit": nil,
		"gorun (devel), unknown commit":            {Main: debug.Module{Version: "(devel)"}},
		"gorun v1.2.3, commit 0123abc":             {Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123abc"}}},
	} {
		if got := version(info); got != want+", "+runtime.Version() {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
