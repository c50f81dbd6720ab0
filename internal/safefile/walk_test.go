package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Another user may put a link in the place of a directory after the look at it.
func TestDirectoryThatHasBecomeALinkIsNotEntered(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	w := &walk{dir: unix.AT_FDCWD}
	if err := w.enter(dir); err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.enter("link"); !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, unix.ELOOP) {
		t.Errorf("got %v", err)
	}
}
