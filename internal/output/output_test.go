package output

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/scope"
)

// The run that has started the scope may be writing to the file.
func TestJoinedRunDoesNotEmptyTheFileOfTheOther(t *testing.T) {
	for _, c := range []struct {
		name                            string
		isShared, isDefault, isSameFile bool
		stays                           bool
	}{
		{"another run of that name", false, true, true, false},
		{"joined, the default file", true, true, true, true},
		{"joined, the other run's file", true, false, true, true},
		{"joined, a file of its own", true, false, false, false},
	} {
		t.Setenv("XDG_STATE_HOME", t.TempDir())
		t.Setenv("HOME", t.TempDir())
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
			t.Fatal(err)
		}
		noted := path
		if !c.isSameFile {
			noted += ".other"
		}
		if err := (state.Note{InvocationID: "id", Output: noted}).Keep(state.Dirs(), "user", "x.scope"); err != nil {
			t.Fatal(err)
		}
		file, err := safefile.OpenAppend(path)
		if err != nil {
			t.Fatal(err)
		}
		out := &Output{unit: "x.scope", manager: scope.UserManager, target: &Target{Kind: File, Path: path}, isDefault: c.isDefault, file: file}
		if c.isShared {
			out.Share()
		}
		fd, err := out.openDescriptor("id")
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		unix.Close(file)
		if got, err := os.ReadFile(path); err != nil || (string(got) == "other") != c.stays {
			t.Errorf("%s: %v, the file has %q", c.name, err, got)
		}
		if note := state.FindNote(state.Dirs(), "user", "x.scope"); c.isShared && note.Output != noted {
			t.Errorf("%s: the note names %s", c.name, note.Output)
		}
	}
}

// The standard error of an earlier run, which waited apart, is none of this run's.
func TestRunWithOneFileRemovesTheSecondOfTheRunBefore(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	dir := state.Dirs()[0]
	theirs := t.TempDir()
	for path, want := range map[string]int{filepath.Join(dir, "x.scope.log"): 1, filepath.Join(theirs, "log"): 2} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, errorFile(path)} {
			if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file, err := safefile.OpenAppend(path)
		if err != nil {
			t.Fatal(err)
		}
		out := &Output{unit: "x.scope", manager: scope.UserManager, target: &Target{Kind: File, Path: path}, isDefault: want == 1, file: file}
		fd, err := out.openDescriptor("id")
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		unix.Close(file)
		names, err := os.ReadDir(filepath.Dir(path))
		files := 0
		for _, n := range names {
			if n.Type().IsRegular() {
				files++
			}
		}
		if err != nil || files != want || len(Parts(path)) != 1 {
			t.Errorf("%s: %v, %v, and its parts are %q", path, names, err, Parts(path))
		}
	}
}
