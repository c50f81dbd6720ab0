package safefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// otherUser is a UID that is neither the caller's nor root's.
const otherUser = 12345

// asRoot skips a test that has to give files away.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
}

// sudo -E and su leave the variables of the user before.
func TestDirectoryIsOwnOnlyWhereTheCallerWouldMakeIt(t *testing.T) {
	asRoot(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.MkdirAll(at("own/state"), 0o700))
	must(t, os.MkdirAll(at("others/state"), 0o755))
	must(t, os.MkdirAll(at("others/given"), 0o755))
	must(t, os.Chown(at("others"), otherUser, otherUser))
	must(t, os.Chown(at("others/state"), otherUser, otherUser))
	must(t, os.Symlink(at("others"), at("link")))
	must(t, os.Mkdir(at("tmp"), 0o777))
	must(t, os.Chmod(at("tmp"), 0o777|os.ModeSticky))
	must(t, os.Mkdir(at("open"), 0o777))
	must(t, os.Chmod(at("open"), 0o777))
	must(t, os.WriteFile(at("file"), nil, 0o600))
	for path, want := range map[string]bool{
		"own/state": true, "own/new": true, "own/new/newer": true, "own/../own/new": true,
		"others/state": false, "others/new": false, "others/new/newer": false, "others/given": false, "link/new": false,
		"tmp/new": true, "open/new": false, "file": false, "file/new": false,
	} {
		if got := IsOwn(at(path)); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		if path == "others/state" { // it belongs to another user, and is there
			continue
		}
		d, err := MakeDir(at(path), 0o700)
		if (err == nil) != want {
			t.Errorf("%s: made, %v", path, err)
		}
		if err == nil {
			d.Close()
		}
	}
	if list, err := os.ReadDir(at("others")); err != nil || len(list) != 2 {
		t.Errorf("%v, the other user's directory has %v", err, list)
	}
}

func TestMissingDirectoriesAreMadeWithTheirMode(t *testing.T) {
	dir := t.TempDir()
	defer unix.Umask(unix.Umask(0))
	for range 2 { // the second time they are there
		d, err := MakeDir(filepath.Join(dir, "a/b"), 0o700)
		must(t, err)
		d.Close()
	}
	for _, made := range []string{"a", "a/b"} {
		if st, err := os.Stat(filepath.Join(dir, made)); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", made, st, err)
		}
	}
}

func TestFilesInADirectoryAreReplacedNotFollowed(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	must(t, os.WriteFile(victim, []byte("old"), 0o600))
	d, err := OpenDir(dir)
	must(t, err)
	defer d.Close()
	must(t, d.Link("note", "victim"))
	must(t, d.Link("note", "victim"))
	must(t, d.WriteFile("note", []byte("new"), 0o644))
	if data, err := os.ReadFile(victim); err != nil || string(data) != "old" {
		t.Errorf("%v, the link's target has become %q", err, data)
	}
	if data, err := d.ReadFile("note", 3); err != nil || string(data) != "new" {
		t.Errorf("%v, read %q", err, data)
	}
	must(t, d.Remove("note"))
	must(t, d.Remove("note"))
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v, left %v", err, list)
	}
}

func TestLinkThatCannotBeMadeLeavesTheOldOne(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDir(dir)
	must(t, err)
	defer d.Close()
	must(t, d.Link("note", "old"))
	if err := d.Link("note", strings.Repeat("x", unix.PathMax)); err == nil {
		t.Error("a target that is too long is no error")
	}
	must(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
	if err := d.Link("directory", "new"); err == nil {
		t.Error("a directory is replaced")
	}
	if target, err := d.ReadLink("note"); err != nil || target != "old" {
		t.Errorf("%v, the link has %q", err, target)
	}
	must(t, d.Link("note", "new"))
	if target, err := d.ReadLink("note"); err != nil || target != "new" {
		t.Errorf("%v, the link has %q", err, target)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("%v, the directory has %v", err, list)
	}
}
