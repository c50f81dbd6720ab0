package state

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
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
		if got := slices.Contains(Dirs(), filepath.Join(dir, home, "gorun")); got != want {
			t.Errorf("%s: %v, want %v", home, got, want)
		}
		Note{Output: "/somewhere"}.Keep("user", "unit.scope")
	}
	if list, err := os.ReadDir(filepath.Join(dir, "others")); err != nil || len(list) != 1 {
		t.Errorf("%v, the other user's directory has %v", err, list)
	}
}

func TestNoteIsOfTheNewestRun(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	if got := FindNote("user", "x.scope"); got != nil {
		t.Errorf("before: %+v", got)
	}
	Renew("user", "x.scope", "a")
	if got := FindNote("user", "x.scope"); got != nil {
		t.Errorf("a run that has nothing to note left %+v", got)
	}
	if err := (Note{InvocationID: "b", Output: "/tmp/a:b"}).Keep("user", "x.scope"); err != nil {
		t.Fatal(err)
	}
	Renew("system", "x.scope", "c")
	Renew("user", "y.scope", "c")
	if got := FindNote("user", "x.scope"); got == nil || got.InvocationID != "b" || got.Output != "/tmp/a:b" {
		t.Errorf("got %+v", got)
	}
	if got := FindNote("system", "x.scope"); got != nil {
		t.Errorf("of the other manager: %+v", got)
	}
	Renew("user", "x.scope", "d")
	if got := FindNote("user", "x.scope"); got == nil || got.InvocationID != "d" || got.Output != "" {
		t.Errorf("a later run: %+v", got)
	}
}

// cron may have no XDG_STATE_HOME. The clock is not asked.
func TestNewestNoteOfSeveralDirectoriesCounts(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", home)
	if err := (Note{InvocationID: "a"}).Keep("user", "x.scope"); err != nil {
		t.Fatal(err)
	}
	first := FindNote("user", "x.scope")
	second := Note{InvocationID: "b", At: Moment{first.At.Boot, first.At.Monotonic + 1, first.At.Wall.Add(-time.Hour)}}
	if got, ok := parseNote(second.text()); !ok || !first.At.Before(second.At) || got.At.Before(first.At) {
		t.Errorf("got %+v", got)
	}
	if other := (Moment{"other", 1, first.At.Wall.Add(time.Hour)}); !first.At.Before(other) || other.Before(first.At) {
		t.Error("between two boots the clock does not decide")
	}
	for _, bad := range []string{"", "/tmp/x", "a:b:c:d:e", "a:b:1:2"} {
		if _, ok := parseNote(bad); ok {
			t.Errorf("%q is taken for a note", bad)
		}
	}
}
