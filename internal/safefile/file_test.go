package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// sharedDirectories makes directories where other users can create files.
func sharedDirectories(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	list := map[string]string{}
	for name, d := range map[string]struct {
		mode os.FileMode
		uid  int
	}{
		"sticky":                         {0o777 | os.ModeSticky, 0},
		"open to anybody":                {0o777, 0},
		"of another user":                {0o755, otherUser},
		"of another user, who shares":    {0o777, otherUser},
		"of a group":                     {0o770 | os.ModeSetgid, 0},
		"of another user and of a group": {0o775, otherUser},
	} {
		list[name] = filepath.Join(dir, name)
		must(t, os.Mkdir(list[name], 0o700))
		must(t, os.Chown(list[name], d.uid, otherUser))
		must(t, os.Chmod(list[name], d.mode))
	}
	return list
}

// What another user puts in the file's place while COMMAND runs gets nothing.
func TestFileOfAnotherUserIsNotWritten(t *testing.T) {
	asRoot(t)
	for place, dir := range sharedDirectories(t) {
		for what, plant := range map[string]func(file, victim string) error{
			"file":        func(file, _ string) error { return os.WriteFile(file, nil, 0o666) },
			"FIFO":        func(file, _ string) error { return unix.Mkfifo(file, 0o666) },
			"link":        func(file, victim string) error { return os.Symlink(victim, file) },
			"second name": func(file, victim string) error { return os.Link(victim, file) },
		} {
			if what == "second name" && place == "of a group" {
				continue // a group is trusted with names for the files of its members
			}
			file, victim := filepath.Join(dir, "report"), filepath.Join(dir, "victim")
			must(t, os.WriteFile(victim, []byte("old"), 0o600))
			f, err := Find(file)
			must(t, err)
			must(t, plant(file, victim))
			reader := -1
			if what != "second name" {
				must(t, os.Lchown(file, otherUser, otherUser))
			}
			if what == "FIFO" {
				reader, err = unix.Open(file, unix.O_RDONLY|unix.O_NONBLOCK, 0)
				must(t, err)
			}
			if f.Begin([]byte("begun")) == nil {
				t.Errorf("%s: a %s was taken at the start", place, what)
			}
			if err := f.Replace([]byte("report")); err == nil {
				t.Errorf("%s: a %s was taken", place, what)
			}
			for _, untouched := range []string{file, victim} {
				data, err := []byte(nil), error(nil)
				if what == "FIFO" && untouched == file {
					n, _ := unix.Read(reader, make([]byte, 100))
					data = make([]byte, max(n, 0))
				} else {
					data, err = os.ReadFile(untouched)
				}
				if err != nil || len(data) > 0 && string(data) != "old" {
					t.Errorf("%s: a %s: %v, has got %q", place, what, err, data)
				}
			}
			unix.Close(reader)
			if _, err := Find(file); err == nil {
				t.Errorf("%s: a %s was found", place, what)
			}
			must(t, errors.Join(os.Remove(file), os.Remove(victim)))
			must(t, f.Replace([]byte("report")))
			must(t, os.Remove(file))
		}
	}
}

// A directory below /tmp may belong to another user.
func TestLinksOfOtherUsersAreNotFollowed(t *testing.T) {
	asRoot(t)
	for place, dir := range sharedDirectories(t) {
		target := t.TempDir()
		must(t, os.Symlink(target, filepath.Join(dir, "link")))
		must(t, os.Lchown(filepath.Join(dir, "link"), otherUser, otherUser))
		if _, err := Find(filepath.Join(dir, "link/report")); !errors.Is(err, errOthersLink) {
			t.Errorf("%s: %v", place, err)
		}
		if _, err := OpenDir(filepath.Join(dir, "link")); !errors.Is(err, errOthersLink) {
			t.Errorf("%s: %v", place, err)
		}
		// Who trusts the group can share links with it.
		must(t, os.Lchown(filepath.Join(dir, "link"), 0, 0))
		if _, err := Find(filepath.Join(dir, "link/report")); (err == nil) != (place == "of a group") {
			t.Errorf("%s, a link of one's own: %v", place, err)
		}
	}
}

func TestFileIsFoundWhereOnlyItsOwnerCouldHaveMadeIt(t *testing.T) {
	asRoot(t)
	for place, dir := range sharedDirectories(t) {
		file := filepath.Join(dir, "report")
		must(t, os.WriteFile(file, []byte("old"), 0o600))
		f, err := Find(file)
		must(t, err)
		must(t, f.Replace([]byte("new")))
		if data, err := os.ReadFile(file); err != nil || string(data) != "new" {
			t.Errorf("%s: %v, has %q", place, err, data)
		}
	}
}

func TestFileThatBeginsHasNothingOfBefore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "report")
	f, err := Find(file)
	must(t, err)
	for _, contents := range []string{"new", "again"} {
		must(t, f.Begin([]byte(contents)))
		if data, err := os.ReadFile(file); err != nil || string(data) != contents {
			t.Errorf("%v, has %q", err, data)
		}
	}
	// Where there is no room for a second file, the first is emptied.
	must(t, os.WriteFile(file, []byte("old"), 0o600))
	must(t, os.Link(file, filepath.Join(dir, "other")))
	old, err := f.stat()
	must(t, err)
	must(t, f.overwrite(old, nil))
	if data, err := os.ReadFile(file); err != nil || len(data) > 0 {
		t.Errorf("%v, has %q", err, data)
	}
	// A pipe gets nothing before the end.
	pipe := filepath.Join(dir, "pipe")
	must(t, unix.Mkfifo(pipe, 0o600))
	reader, err := os.OpenFile(pipe, os.O_RDONLY|unix.O_NONBLOCK, 0)
	must(t, err)
	defer reader.Close()
	f, err = Find(pipe)
	must(t, err)
	must(t, f.Begin([]byte("begun")))
	must(t, f.Replace([]byte("report")))
	got := make([]byte, 100)
	if n, err := reader.Read(got); err != nil || string(got[:n]) != "report" {
		t.Errorf("%v, read %q", err, got[:n])
	}
}
