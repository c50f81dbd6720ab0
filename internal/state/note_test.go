package state

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDirectoryThatTwoVariablesNameIsListedOnce(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "")
	dirs := Dirs()
	if len(dirs) == 0 {
		t.Skip("the user has no home directory")
	}
	t.Setenv("XDG_STATE_HOME", filepath.Dir(dirs[0]))
	if got := Dirs(); !slices.Equal(got, dirs) {
		t.Errorf("got %q, want %q", got, dirs)
	}
}

// sudo -E and su leave the variable of the user before. What does not exist yet is that
// user's, too.
func TestStateOfAnotherUserIsNotTheCallers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
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
		ofTest := slices.DeleteFunc(Dirs(), func(path string) bool { return !strings.HasPrefix(path, dir) })
		Note{Output: "/somewhere"}.Keep(ofTest, "user", "unit.scope")
	}
	if list, err := os.ReadDir(filepath.Join(dir, "others")); err != nil || len(list) != 1 {
		t.Errorf("%v, the other user's directory has %v", err, list)
	}
}

func TestNoteIsOfTheNewestRun(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	if got := FindNote(dirs, "user", "x.scope"); got != nil {
		t.Errorf("before: %+v", got)
	}
	Renew(dirs, "user", "x.scope", "a")
	if got := FindNote(dirs, "user", "x.scope"); got != nil {
		t.Errorf("a run that has nothing to note left %+v", got)
	}
	if err := (Note{InvocationID: "b", Output: "/tmp/a:b"}).Keep(dirs, "user", "x.scope"); err != nil {
		t.Fatal(err)
	}
	Renew(dirs, "system", "x.scope", "c")
	Renew(dirs, "user", "y.scope", "c")
	if got := FindNote(dirs, "user", "x.scope"); got == nil || got.InvocationID != "b" || got.Output != "/tmp/a:b" {
		t.Errorf("got %+v", got)
	}
	if got := FindNote(dirs, "system", "x.scope"); got != nil {
		t.Errorf("of the other manager: %+v", got)
	}
	Renew(dirs, "user", "x.scope", "d")
	if got := FindNote(dirs, "user", "x.scope"); got == nil || got.InvocationID != "d" || got.Output != "" {
		t.Errorf("a later run: %+v", got)
	}
}

func TestNoteIsChangedOnlyByItsRun(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	for _, of := range [][]string{dirs, dirs[1:]} { // a note in each
		if err := (Note{InvocationID: "a", Output: "/tmp/a"}).Keep(of, "user", "x.scope"); err != nil {
			t.Fatal(err)
		}
	}
	SetRecorded(dirs, "user", "x.scope", "b")
	Forget(dirs, "user", "x.scope", "b")
	Forget(dirs, "user", "y.scope", "a")
	Forget(dirs, "system", "x.scope", "a")
	for _, dir := range dirs {
		if got := FindNote([]string{dir}, "user", "x.scope"); got == nil || got.Recorded {
			t.Errorf("another run has changed the note: %+v", got)
		}
	}
	SetRecorded(dirs, "user", "x.scope", "a")
	for _, dir := range dirs {
		if got := FindNote([]string{dir}, "user", "x.scope"); got == nil || !got.Recorded || got.InvocationID != "a" || got.Output != "/tmp/a" {
			t.Errorf("the run has a record: %+v", got)
		}
	}
	Forget(dirs, "user", "x.scope", "a")
	if got := FindNote(dirs, "user", "x.scope"); got != nil {
		t.Errorf("there is still %+v", got)
	}
}

func TestOldestNotesAreRemovedIfThereAreTooMany(t *testing.T) {
	onMachine(t, "") // leaves no mark
	for _, c := range []struct {
		recorded bool // all runs but the first ten have a record in the journal
		runs     int
		want     int // how many notes there are in the end, with the new one
		left     int // how many of them are of runs with such a record, or without one
		first    int // the first of those runs
	}{
		{false, maxNotes, maxNotes, maxNotes - 1, 1},
		{true, maxRecorded + 12, 10 + maxRecorded + 1, maxRecorded, 12},
		{true, maxRecorded + 10, 10 + maxRecorded + 1, maxRecorded, 10},
	} {
		dirs := []string{t.TempDir()}
		for i := range c.runs {
			n := Note{InvocationID: "a", Recorded: c.recorded && i >= 10, At: Moment{Wall: time.Now().Add(time.Duration(i-c.runs) * time.Minute)}}
			if err := os.Symlink(n.text(), filepath.Join(dirs[0], noteName("user", fmt.Sprint(i, ".scope")))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dirs[0], "x.scope.log"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (Note{InvocationID: "b"}).Keep(dirs, "user", "new.scope"); err != nil {
			t.Fatal(err)
		}
		var left []int
		for i := range c.runs {
			if n := FindNote(dirs, "user", fmt.Sprint(i, ".scope")); n != nil && n.Recorded == c.recorded {
				left = append(left, i)
			}
		}
		if len(left) != c.left || left[0] != c.first || left[len(left)-1] != c.runs-1 {
			t.Errorf("%+v: left are %v", c, left)
		}
		if list, err := os.ReadDir(dirs[0]); err != nil || len(list) != 1+c.want || FindNote(dirs, "user", "new.scope") == nil {
			t.Errorf("%+v: %v, there are %d files", c, err, len(list))
		}
	}
}

// cron may have no XDG_STATE_HOME. The clock is not asked.
func TestNewestNoteOfSeveralDirectoriesCounts(t *testing.T) {
	dirs := []string{t.TempDir()}
	if err := (Note{InvocationID: "a"}).Keep(dirs, "user", "x.scope"); err != nil {
		t.Fatal(err)
	}
	first := FindNote(dirs, "user", "x.scope")
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
