package state

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDropInsWinByName(t *testing.T) {
	etc, usr := t.TempDir(), t.TempDir()
	defer func(dirs []string) { configDirs = dirs }(configDirs)
	configDirs = []string{etc, usr}
	write := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		file, text string
		want       config
		keepsInfo  bool
	}{
		{"", "", config{"auto", "debug", "uid"}, true},
		{usr + "/journald.conf", "[Journal]\nStorage=volatile\n#MaxLevelStore=err\n", config{"volatile", "debug", "uid"}, true},
		{etc + "/journald.conf", "[Journal]\nMaxLevelStore = info\n", config{"auto", "info", "uid"}, true}, // the other does not count
		{usr + "/journald.conf.d/50-b.conf", "[Journal]\nStorage=none\n", config{"none", "info", "uid"}, true},
		{etc + "/journald.conf.d/10-a.conf", "[Journal]\nStorage=persistent\nMaxLevelStore=4\n", config{"none", "4", "uid"}, false},
		{etc + "/journald.conf.d/20-a.conf", "[Journal]\nSplitMode=none\n", config{"none", "4", "none"}, false},
		{etc + "/journald.conf.d/50-b.conf", "", config{"persistent", "4", "none"}, false}, // hides the other
	} {
		if step.file != "" {
			write(step.file, step.text)
		}
		if got := readConfig(); got != step.want || got.keepsInfo() != step.keepsInfo {
			t.Errorf("with %s: got %+v", step.file, got)
		}
	}
}
