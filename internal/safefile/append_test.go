package safefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAppendedFilesAreCreatedForTheirOwnerAlone(t *testing.T) {
	defer unix.Umask(unix.Umask(0))
	file := filepath.Join(t.TempDir(), "log")
	for _, text := range []string{"one\n", "two\n"} {
		fd, err := OpenAppend(file)
		if err != nil {
			t.Fatal(err)
		}
		unix.Write(fd, []byte(text))
		unix.Close(fd)
	}
	st, err := os.Stat(file)
	if err != nil || st.Mode() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if got, _ := os.ReadFile(file); string(got) != "one\ntwo\n" {
		t.Errorf("got %q", got)
	}
}

func TestLinksInPrivateDirectoriesAreFollowed(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "a/b"), 0o755),
		os.Symlink("a/b", filepath.Join(dir, "relative")),
		os.Symlink(dir+"/relative/../c", filepath.Join(dir, "absolute")),
		os.Symlink("loop", filepath.Join(dir, "loop")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for path, want := range map[string]string{"relative/x": "a/b/x", "absolute": "a/c", "./a/../y": "y"} {
		fd, err := OpenAppend(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		unix.Close(fd)
		if _, err := os.Lstat(want); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]string{"loop": "too many", "nowhere/x": "no such file", "y/x": "not a directory", "/": "directory", "a": "directory"} {
		if _, err := OpenAppend(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// Another user may have created a link, or the file itself, before.
func TestLinksAndFilesOfOtherUsersInPublicDirectoriesAreRefused(t *testing.T) {
	dir, private := t.TempDir(), t.TempDir()
	if err := os.Chmod(dir, 0o1777); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": filepath.Join(private, "victim"), "dir": private} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"link", "dir/victim"} {
		if _, err := OpenAppend(filepath.Join(dir, path)); err == nil || !strings.Contains(err.Error(), errOthersLink.Error()) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(private, "victim")); err == nil {
		t.Error("the link was followed")
	}
	fd, err := OpenAppend(filepath.Join(dir, "own"))
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	if os.Getuid() != 0 {
		return // only root can give files away
	}
	if err := os.Chown(filepath.Join(dir, "own"), 12345, -1); err != nil {
		t.Fatal(err)
	}
	// The kernel may refuse it first (fs.protected_regular).
	if _, err := OpenAppend(filepath.Join(dir, "own")); err == nil {
		t.Error("another user's file was opened")
	}
}
