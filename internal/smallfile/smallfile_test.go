package smallfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFilesOfAllSizesAreReadWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	for _, size := range []int{0, 1, firstSize - 1, firstSize, firstSize + 1, 100_000} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(file, want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
	if got, err := Read("/proc/self/status"); err != nil || !bytes.HasSuffix(got, []byte("\n")) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestErrorsAreThoseOfPackageOS(t *testing.T) {
	var path *fs.PathError
	if _, err := Read("/nonexistent/file"); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) || path.Path != "/nonexistent/file" {
		t.Errorf("got %v", err)
	}
	if _, err := Read("/"); !errors.Is(err, unix.EISDIR) {
		t.Errorf("got %v", err)
	}
}
