package cgroup

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

// reads returns all ways to read a group.
func reads(g Group) map[string]func() error {
	all := map[string]func() error{
		"ReadStats": func() error { _, err := g.ReadStats(); return err },
		"Processes": func() error { _, err := g.Processes(); return err },
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Stats]()) {
		all[field.Name] = func() error { _, err := call(g, field.Name); return err }
	}
	return all
}

func TestMissingGroupIsGone(t *testing.T) {
	for name, read := range reads(Group{Dir: t.TempDir() + "/none"}) {
		if err := read(); !errors.Is(err, ErrGone) {
			t.Errorf("%s: error is %v, want ErrGone", name, err)
		}
	}
}

func TestReadingTheZeroGroupIsAnError(t *testing.T) {
	t.Chdir("testdata/scope") // the zero Group must not read the files there
	for name, read := range reads(Group{}) {
		if err := read(); err == nil || errors.Is(err, ErrGone) {
			t.Errorf("%s: error is %v, want one that is not ErrGone", name, err)
		}
	}
}

func TestReadingAFileAsAGroupIsAnError(t *testing.T) {
	for name, read := range reads(Group{Dir: "testdata/README"}) {
		if err := read(); !errors.Is(err, unix.ENOTDIR) || errors.Is(err, ErrGone) {
			t.Errorf("%s: error is %v, want ENOTDIR", name, err)
		}
	}
}

// testRemovedWhileOpen removes a group while it is open for reading, and possibly
// makes it again.
func testRemovedWhileOpen(t *testing.T, g Group, makeAgain bool) {
	t.Helper()
	d, err := g.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if err := os.Remove(g.Dir); err != nil {
		t.Fatal(err)
	}
	if makeAgain {
		if err := os.Mkdir(g.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := only(d, "memory.current", parseCount); !errors.Is(err, ErrGone) {
		t.Errorf("one file: got %v, %v, want ErrGone", n, err)
	}
	if stats, err := d.readFields((*dir).fields); !errors.Is(err, ErrGone) || !reflect.DeepEqual(stats, Stats{}) {
		t.Errorf("all files: got %+v, %v, want ErrGone", stats, err)
	}
}

func TestGroupRemovedWhileOpenIsGone(t *testing.T) {
	t.Run("removed", func(t *testing.T) { testRemovedWhileOpen(t, fake(t, nil), false) })
	t.Run("made again", func(t *testing.T) { testRemovedWhileOpen(t, fake(t, nil), true) })
}

// The same on cgroup2, which may treat a removed directory differently from other file
// systems.
func TestRealGroupRemovedWhileOpenIsGone(t *testing.T) {
	t.Run("removed", func(t *testing.T) { testRemovedWhileOpen(t, realGroup(t), false) })
	t.Run("made again", func(t *testing.T) { testRemovedWhileOpen(t, realGroup(t), true) })
}

func TestRealGroupRemovedWhileFileIsOpenIsGone(t *testing.T) {
	g := realGroup(t)
	d, err := g.open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	fd, err := openAt(d.fd, "cgroup.events", unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := os.Remove(g.Dir); err != nil {
		t.Fatal(err)
	}
	_, err = d.contents(fd)
	if err != unix.ENODEV || !errors.Is(d.failed("read", "cgroup.events", err), ErrGone) {
		t.Errorf("error is %v, want ENODEV that becomes ErrGone", err)
	}
}

func TestRealGroupRemovedIsGone(t *testing.T) {
	g := realGroup(t)
	if err := os.Remove(g.Dir); err != nil {
		t.Fatal(err)
	}
	for name, read := range reads(g) {
		if err := read(); !errors.Is(err, ErrGone) {
			t.Errorf("%s: error is %v, want ErrGone", name, err)
		}
	}
}
