package state

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/process"
	"gorun/internal/unitname"
)

func TestOldFilesAreThoseOfRunsThatExistNoLonger(t *testing.T) {
	dir := t.TempDir()
	const day = 24 * time.Hour
	long := strings.Repeat("x", 200) + ".scope"
	old := time.Now().Add(-40 * day)
	make := func(name string, at time.Time) {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, noteSuffix) {
			if err := os.Symlink("no:path", path); err != nil {
				t.Fatal(err)
			}
			ts := unix.NsecToTimespec(at.UnixNano())
			if err := unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
				t.Fatal(err)
			}
			return
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		".gorun-ABC", "a.scope", "a.scope.lock", "a.scope.log", "a.scope.system.log", "a.scope.user.newest",
		unitname.File(long, ".log"),
	}
	for _, name := range want {
		make(name, old)
	}
	kept := []string{"notes.txt", "b.scope.log.bak", "a.scope.user.0000000000000001-0123456789abcdef0123456789abcdef.record", "linger.sh", "x.service.log", "live.scope.log", "live.scope.lock", "live.scope", "live.scope.user.newest"}
	for _, name := range kept {
		make(name, old)
	}
	make("young.scope.log", time.Now().Add(-20*day))
	if err := os.Mkdir(filepath.Join(dir, "dir.scope.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Old([]string{dir, "/nonexistent"}, 30*day, []string{"live.scope"}) {
		got = append(got, f.Name)
		if f.Age < 39*day || f.What == "" {
			t.Errorf("%+v", f)
		}
		if err := f.Remove(process.Opened()); err != nil {
			t.Error(err)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q, want %q", got, want)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != len(kept)+2 {
		t.Errorf("left: %v", left)
	}
}

func TestFileInUseIsNotRemoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.scope.log", "a.scope.lock"} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		opened := process.Opened()
		if name == "a.scope.lock" {
			opened = nil
			if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
				t.Fatal(err)
			}
		}
		old := OldFile{Dir: dir, Name: name}
		if err := old.Remove(opened); !errors.Is(err, ErrUsed) {
			t.Errorf("%s: got %v", name, err)
		}
		f.Close()
		if err := old.Remove(nil); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A run that begins empties its log, or writes to it.
func TestFileThatIsWrittenToAgainIsNotRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "again.scope.log")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-40 * 24 * time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	list := Old([]string{dir}, 30*24*time.Hour, nil)
	if len(list) != 1 {
		t.Fatalf("got %+v", list)
	}
	if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := list[0].Remove(nil); err != ErrUsed {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

func TestFileSystemsOfOtherMachinesAreKnown(t *testing.T) {
	if isShared(t.TempDir()) || !isShared(filepath.Join(t.TempDir(), "none")) || !isShared("/proc/self/fd/nothing") {
		t.Error("a local directory is shared, or one that cannot be looked at is not")
	}
	for _, kind := range []int64{0x6969, 0xfe534d42, 0x65735546} { // NFS, SMB2, FUSE in linux/magic.h
		if !slices.Contains(sharedTypes, kind) {
			t.Errorf("%#x is not shared", kind)
		}
	}
}
