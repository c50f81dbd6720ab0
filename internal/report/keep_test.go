package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gorun/internal/state"
	"gorun/scope"
)

// fill makes files of records without contents, from one number to another, which is then the
// newest one's.
func fill(t *testing.T, dir string, from, to uint64, unit func(number uint64) string) {
	t.Helper()
	for number := from; number <= to; number++ {
		must(t, os.WriteFile(filepath.Join(dir, keptName("user", unit(number), number, runID("a"))), nil, 0o600))
	}
	must(t, os.WriteFile(filepath.Join(dir, numberFile), fmt.Appendln(nil, to), 0o600))
}

// left says which numbers of records a directory has, without gaps.
func left(t *testing.T, list []kept) (lowest, highest uint64) {
	t.Helper()
	lowest = 1 << 63
	for _, k := range list {
		lowest, highest = min(lowest, k.number), max(highest, k.number)
	}
	if highest-lowest+1 != uint64(len(list)) {
		t.Errorf("%d records from %d to %d", len(list), lowest, highest)
	}
	return lowest, highest
}

func TestOldestRecordsAreRemovedIfThereAreTooMany(t *testing.T) {
	dir := t.TempDir()
	in := storeIn(t, dir)
	keepRun(t, in, "noted.scope", runID("c"), 0)
	must(t, os.WriteFile(filepath.Join(dir, "noted.scope.log"), nil, 0o600))
	fill(t, dir, 2, maxKept-1, func(number uint64) string { return fmt.Sprint(number, ".scope") })
	keepRun(t, in, "last.scope", runID("b"), 0)
	if n := len(listKept(dir)); n != maxKept {
		t.Errorf("there are %d records", n)
	}
	for range sweepEach {
		keepRun(t, in, "new.scope", runID("b"), 0)
		if n := len(listKept(dir)); n > maxKept {
			t.Errorf("there are %d records", n)
		}
	}
	if lowest, highest := left(t, listKept(dir)); lowest != sweepEach+1 || highest != maxKept+sweepEach {
		t.Errorf("there are the records from %d to %d", lowest, highest)
	}
	if state.FindNote([]string{dir}, "user", "noted.scope") != nil {
		t.Error("the note outlives the record")
	}
	if _, err := os.Stat(filepath.Join(dir, "noted.scope.log")); err != nil {
		t.Error(err)
	}
}

func TestJobThatRunsOftenLeavesTheNewestRecordOfOthers(t *testing.T) {
	dir := t.TempDir()
	in := storeIn(t, dir)
	fill(t, dir, 1, 10, func(number uint64) string { return fmt.Sprint("daily-", number%5, ".scope") })
	fill(t, dir, 11, maxKept, func(uint64) string { return "minute.scope" })
	keepRun(t, in, "minute.scope", runID("b"), 0)
	for number := range 5 {
		unit := fmt.Sprint("daily-", number, ".scope")
		if list := findKept(dir, scope.UserManager, unit, ""); len(list) != 1 || list[0].number < 6 {
			t.Errorf("%s has %+v", unit, list)
		}
	}
	list := findKept(dir, scope.UserManager, "minute.scope", "")
	if lowest, highest := left(t, list); highest != maxKept+1 || len(list) != maxKept-sweepEach+1-5 {
		t.Errorf("there are the records from %d to %d", lowest, highest)
	}
}

// Where the count cannot be read, the records are listed.
func TestRecordIsTheNewestWhateverTheCountSays(t *testing.T) {
	for name, spoil := range map[string]func(file string) error{
		"no count":     os.Remove,
		"an empty one": func(file string) error { return os.Truncate(file, 0) },
		"no number":    func(file string) error { return os.WriteFile(file, []byte("many"), 0o600) },
		"a directory":  func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		dir := t.TempDir()
		in := storeIn(t, dir)
		fill(t, dir, 1, 42, func(uint64) string { return "x.scope" })
		must(t, spoil(filepath.Join(dir, numberFile)))
		keepRun(t, in, "x.scope", runID("b"), 0)
		keepRun(t, in, "x.scope", runID("c"), 0)
		list := findKept(dir, scope.UserManager, "x.scope", "")
		if list[0].number != 44 || list[0].invocationID != runID("c") {
			t.Errorf("%s: the newest is %+v", name, list[0])
		}
	}
}

func TestRecordsThatAreKeptAtOnceHaveNumbersOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	in := storeIn(t, dir)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { keepRun(t, in, "x.scope", runID("b"), 0) })
	}
	all.Wait()
	if lowest, highest := left(t, listKept(dir)); lowest != 1 || highest != 20 {
		t.Errorf("the numbers are %d to %d", lowest, highest)
	}
}

func TestRecordIsKeptInMemoryIfTheHomeDirectoryDoesNotTakeIt(t *testing.T) {
	none := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(none, nil, 0o600))
	hangs := make(chan []string)
	defer close(hangs)
	for name, home := range map[string]func() []string{
		"no home directory":                     func() []string { return nil },
		"a file instead of the directory":       func() []string { return []string{none} },
		"a home directory that does not answer": func() []string { return <-hangs },
	} {
		in := store{home, keepTimeout, t.TempDir()}
		if name == "a home directory that does not answer" {
			in.timeout = time.Millisecond
		}
		keepRun(t, in, "x.scope", runID("a"), 3)
		if got, err := withKept(nil, []string{in.memory}, scope.UserManager, "x.scope", "", false); err != nil || ids(got) != "a3" {
			t.Errorf("%s: %v, %s", name, err, ids(got))
		}
		in.memory = none
		if err := in.keep(record{"user", "x.scope", runID("b"), nil}, nil); err == nil || in.timeout < keepTimeout && !errors.Is(err, errSlow) {
			t.Errorf("%s, and no memory: %v", name, err)
		}
	}
}

// The journal has what the note says.
func TestNoteOfARunWithARecordInTheJournalIsMarked(t *testing.T) {
	dirs := []string{t.TempDir()}
	unit, manager, id := "x.scope", "user", runID("a")
	rep := &Report{Unit: &unit, Manager: &manager, InvocationID: &id}
	for _, c := range []struct {
		named bool
		file  string
		noted string // invocation ID of the note
		want  bool
	}{
		{false, "/tmp/log", id, true},
		{true, "", id, true},
		{true, "/tmp/log", runID("b"), false}, // of a later run
	} {
		must(t, state.Note{InvocationID: c.noted}.Keep(dirs, manager, unit))
		rep.setRecorded(storeIn(t, dirs...), Log{File: c.file}, c.named)
		if got := state.FindNote(dirs, manager, unit); got == nil || got.Recorded != c.want {
			t.Errorf("%+v: there is %+v", c, got)
		}
	}
}
