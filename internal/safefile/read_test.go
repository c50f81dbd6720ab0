package safefile

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hostile makes a file of each kind that another user may put in the place of a small
// regular file.
func hostile(t *testing.T) (dir string, kinds []string) {
	t.Helper()
	dir = t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, unix.Mkfifo(at("fifo"), 0o600))
	must(t, os.Mkdir(at("directory"), 0o700))
	must(t, os.WriteFile(at("target"), []byte("text"), 0o600))
	must(t, os.Symlink("target", at("link")))
	must(t, os.Symlink("/dev/zero", at("link to a device")))
	must(t, os.Symlink("loop", at("loop")))
	must(t, os.WriteFile(at("sparse"), nil, 0o600))
	must(t, os.Truncate(at("sparse"), 1<<40))
	must(t, os.WriteFile(at("long"), make([]byte, 101), 0o600))
	socket, err := net.Listen("unix", at("socket"))
	must(t, err)
	t.Cleanup(func() { socket.Close() })
	kinds = []string{"fifo", "directory", "link", "link to a device", "loop", "sparse", "long", "socket", "missing"}
	if unix.Mknod(at("device"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) == nil { // only root can
		kinds = append(kinds, "device")
	}
	return dir, kinds
}

func TestOnlyShortRegularFilesAreRead(t *testing.T) {
	dir, kinds := hostile(t)
	d, err := OpenDir(dir)
	must(t, err)
	defer d.Close()
	for _, kind := range kinds {
		if data, err := d.ReadFile(kind, 100); err == nil {
			t.Errorf("%s: read %d bytes", kind, len(data))
		} else if kind == "missing" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "short"), make([]byte, 100), 0o600))
	if data, err := d.ReadFile("short", 100); err != nil || len(data) != 100 {
		t.Errorf("%v, read %d bytes", err, len(data))
	}
}

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir, kinds := hostile(t)
	for _, kind := range kinds {
		if strings.HasPrefix(kind, "link") { // to be followed, in a directory of the caller's
			continue
		}
		opens := map[string]func(string) error{
			"read": func(file string) error {
				f, err := OpenRead(file)
				f.Close()
				return err
			},
			"append": func(file string) error {
				fd, err := OpenAppend(file)
				unix.Close(fd)
				return err
			},
		}
		if kind == "sparse" || kind == "long" || kind == "missing" {
			continue
		}
		for how, open := range opens {
			if err := open(filepath.Join(dir, kind)); err == nil {
				t.Errorf("%s: opened to %s", kind, how)
			}
		}
	}
}

// Root reads the files of others as they are.
func TestFilesOfTheDirectorysOwnerAreRead(t *testing.T) {
	asRoot(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, []byte("text"), 0o600))
	d, err := OpenDir(dir)
	must(t, err)
	defer d.Close()
	must(t, os.Chown(file, otherUser, -1))
	if _, err := d.ReadFile("file", 100); err == nil {
		t.Error("a file of a third user was read")
	}
	must(t, os.Chown(dir, otherUser, -1))
	if data, err := d.ReadFile("file", 100); err != nil || string(data) != "text" {
		t.Errorf("%v, read %q", err, data)
	}
}

// The size that a file has at first means nothing.
func TestFileThatShrinksIsReadToItsEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, make([]byte, 100), 0o600))
	f, err := OpenRead(file)
	must(t, err)
	defer f.Close()
	must(t, os.Truncate(file, 7))
	if data, err := readAtMost(f, 100); err != nil || len(data) != 7 {
		t.Errorf("%v, read %d bytes", err, len(data))
	}
}

func TestLockIsARegularFile(t *testing.T) {
	dir, _ := hostile(t)
	d, err := OpenDir(dir)
	must(t, err)
	defer d.Close()
	for _, kind := range []string{"fifo", "directory", "link", "loop", "socket"} {
		if f, err := d.OpenLock(kind); err == nil {
			t.Errorf("%s: opened", kind)
			f.Close()
		}
	}
	f, err := d.OpenLock("new")
	must(t, err)
	f.Close()
}
