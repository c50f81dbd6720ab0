package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/unitname"
)

const day = 24 * time.Hour

// onMachine makes this machine have an ID.
func onMachine(t *testing.T, id string) {
	t.Helper()
	before := machineIDFile
	machineIDFile = filepath.Join(t.TempDir(), "machine-id")
	if err := os.WriteFile(machineIDFile, []byte(id+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { machineIDFile = before })
}

const (
	own   = "11111111111111111111111111111111"
	other = "22222222222222222222222222222222"
)

func timespec(at time.Time) unix.Timespec { return unix.NsecToTimespec(at.UnixNano()) }

// changed sets when a file, or a link, was changed.
func changed(t *testing.T, path string, at time.Time) {
	t.Helper()
	ts := timespec(at)
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		t.Fatal(err)
	}
}

// old makes a file, or a link, that was changed days ago.
func old(t *testing.T, dir, name, target string, days int) {
	t.Helper()
	path := filepath.Join(dir, name)
	err := os.WriteFile(path, nil, 0o600)
	if target != "" {
		err = errors.Join(os.Remove(path), os.Symlink(target, path))
	}
	if err != nil {
		t.Fatal(err)
	}
	changed(t, path, time.Now().Add(time.Duration(-days)*day))
}

// noteOf is a note of an earlier boot.
func noteOf(machine, output string, days int, unsure bool) string {
	return Note{InvocationID: "a", Output: output, Machine: machine, Unsure: unsure, At: Moment{fmt.Sprint("boot", days), time.Hour, time.Now().Add(time.Duration(-days) * day)}}.text()
}

func noneLoaded() ([]string, error) { return nil, nil }

func TestOldFilesAreThoseOfRunsThatExistNoLonger(t *testing.T) {
	onMachine(t, own)
	dir := t.TempDir()
	long := strings.Repeat("x", 200) + ".scope"
	note := noteOf(own, "", 40, false)
	want := []string{
		".gorun-ABC", ".removing-ABC", "a.scope", "a.scope.lock", "a.scope.log", "a.scope.log.stderr", "a.scope.system.log", "a.scope.system.log.stderr", "a.scope.user.newest",
		"gorun-hooks-1.service.ending", "gorun-hooks-1.service.failed", "gorun-hooks-1.service.hooks",
		unitname.File(long, ".log"),
	}
	kept := []string{"notes.txt", "b.scope.log.bak", "a.scope.user.0000000000000001-0123456789abcdef0123456789abcdef.record", "linger.sh", "x.service.log", "live.scope.log", "live.scope.lock", "live.scope", "live.scope.user.newest", "gorun-hooks-2.service.hooks", "a.hooks", ".hooks"}
	for _, name := range append(slices.Clone(want), kept...) {
		if strings.HasSuffix(name, noteSuffix) {
			old(t, dir, name, note, 40)
		} else {
			old(t, dir, name, "", 40)
		}
	}
	old(t, dir, machinePrefix+own, "used-by", 50)
	old(t, dir, "young.scope.log", "", 20)
	old(t, dir, "later.scope.user.newest", noteOf(own, "", 5, false), 5) // shows that the clock is right
	if err := os.Mkdir(filepath.Join(dir, "dir.scope.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Old([]string{dir, "/nonexistent"}, "/nonexistent", 30*day, []string{"live.scope", "gorun-hooks-2.service"}) {
		got = append(got, f.Name)
		if f.Age < 39*day || f.What == "" || f.Why != nil {
			t.Errorf("%+v", f)
		}
		before, _ := os.ReadDir(dir)
		if err := f.Check(noneLoaded); err != nil {
			t.Error(err)
		}
		if after, _ := os.ReadDir(dir); len(after) != len(before) {
			t.Errorf("a check has left %v of %v", after, before)
		}
		if err := f.Remove(noneLoaded); err != nil {
			t.Error(err)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q, want %q", got, want)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != len(kept)+4 {
		t.Errorf("left: %v", left)
	}
}

func TestFileInUseIsNotRemoved(t *testing.T) {
	onMachine(t, own)
	for name, use := range map[string]func(*os.File) error{
		"a.scope.log":  func(*os.File) error { return nil },
		"a.scope.lock": func(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX) },
	} {
		dir := t.TempDir()
		old(t, dir, machinePrefix+own, "used-by", 50)
		old(t, dir, "later.scope.user.newest", noteOf(own, "", 5, false), 5)
		old(t, dir, name, "", 40)
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			err = use(f)
		}
		if err != nil {
			t.Fatal(err)
		}
		list := Old([]string{dir}, "/nonexistent", 30*day, nil)
		if len(list) != 1 || list[0].Why != nil {
			t.Fatalf("%s: got %+v", name, list)
		}
		for what, do := range map[string]func(func() ([]string, error)) error{"check": list[0].Check, "remove": list[0].Remove} {
			if err := do(noneLoaded); !errors.Is(err, ErrUsed) || !IsKept(err) {
				t.Errorf("%s %s: got %v", what, name, err)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
		f.Close()
		if err := list[0].Remove(noneLoaded); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A run that begins empties its log, or writes to it, or makes a new note; its scope is loaded.
func TestFileThatIsUsedAgainIsNotRemoved(t *testing.T) {
	onMachine(t, own)
	write := func(path string) error { return os.WriteFile(path, []byte("new"), 0o600) }
	link := func(path string) error {
		return errors.Join(os.Remove(path), os.Symlink(noteOf(own, "", 0, false), path))
	}
	again := func() ([]string, error) { return []string{"again.scope"}, nil }
	for _, c := range []struct {
		name   string
		use    func(path string) error
		loaded func() ([]string, error)
	}{
		{"again.scope.log", write, noneLoaded},
		{"again.scope.user.newest", link, noneLoaded},
		{"again.scope.log", func(string) error { return nil }, again},
		{"again.scope.user.newest", func(string) error { return nil }, again},
	} {
		dir := t.TempDir()
		old(t, dir, machinePrefix+own, "used-by", 50)
		old(t, dir, "later.scope.user.newest", noteOf(own, "", 5, false), 5)
		target := ""
		if strings.HasSuffix(c.name, noteSuffix) {
			target = noteOf(own, "", 40, false)
		}
		old(t, dir, c.name, target, 40)
		list := Old([]string{dir}, "/nonexistent", 30*day, nil)
		if len(list) != 1 {
			t.Fatalf("%s: got %+v", c.name, list)
		}
		if err := c.use(list[0].Path()); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadDir(dir)
		for what, do := range map[string]func(func() ([]string, error)) error{"check": list[0].Check, "remove": list[0].Remove} {
			if err := do(c.loaded); !IsKept(err) {
				t.Errorf("%s %s: got %v", what, c.name, err)
			}
		}
		if after, err := os.ReadDir(dir); err != nil || len(after) != len(before) {
			t.Errorf("%s: left are %v, %v", c.name, after, err)
		}
		if _, err := os.Lstat(list[0].Path()); err != nil {
			t.Error(err)
		}
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

// They may be secret, and nobody needs them once the service is gone.
func TestFilesOfHooksAreOldAfterAnHour(t *testing.T) {
	onMachine(t, own)
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{
		"gorun-hooks-1.service.hooks": 2 * time.Hour, "gorun-hooks-2.service.hooks": 30 * time.Minute, "a.scope.log": 2 * time.Hour,
	} {
		old(t, dir, name, "", 0)
		changed(t, filepath.Join(dir, name), time.Now().Add(-age))
	}
	if list := Old([]string{dir}, "/nonexistent", 30*day, nil); len(list) != 1 || list[0].Name != "gorun-hooks-1.service.hooks" {
		t.Errorf("got %+v", list)
	}
}
