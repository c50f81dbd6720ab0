package output

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gorun/internal/state"
)

// sudo -E and su leave the variable of the user before. What does not exist yet is that
// user's, too.
func TestStateOfAnotherUserIsNotTheCallers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	t.Setenv("HOME", dir) // the notes of the test
	for _, name := range []string{"own", "others", "others/state"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"others/state", "others"} {
		if err := os.Chown(filepath.Join(dir, name), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	for home, want := range map[string]bool{"own": true, "own/new": true, "others": false, "others/new": false, "others/new/newer": false, "others/state": false} {
		t.Setenv("XDG_STATE_HOME", filepath.Join(dir, home))
		if got := slices.Contains(state.Dirs(), filepath.Join(dir, home, "gorun")); got != want {
			t.Errorf("%s: %v, want %v", home, got, want)
		}
		remember("unit.scope", &Target{File, "/somewhere"})
	}
	if list, err := os.ReadDir(filepath.Join(dir, "others")); err != nil || len(list) != 1 {
		t.Errorf("%v, the other user's directory has %v", err, list)
	}
}
