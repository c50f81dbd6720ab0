package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorun/internal/state"
	"gorun/scope"
)

// runID is an invocation ID.
func runID(c string) string { return strings.Repeat(c, idLength) }

// keepRun keeps a record in a file.
func keepRun(t *testing.T, unit, id string, code int) {
	t.Helper()
	user := "user"
	rep := &Report{Version: 1, Unit: &unit, Manager: &user, InvocationID: &id, Command: []string{"a"}, StartedAt: time.Now(), Outcome: Exited}
	rep.SetStatus(code, 0)
	fields, err := rep.recordFields()
	if err != nil {
		t.Fatal(err)
	}
	if err := rep.keep(fields, Log{}, true); err != nil {
		t.Fatal(err)
	}
}

// ids are the invocation IDs of runs, a letter each, with their exit codes.
func ids(list []*Past) string {
	var words []string
	for _, p := range list {
		word := p.InvocationID[:1]
		if p.Report != nil {
			word += fmt.Sprint(*p.Report.ExitCode)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestKeptRecordsAreFoundAmongTheJournalsRuns(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	const unit = "x.scope"
	keepRun(t, unit, runID("a"), 1)
	keepRun(t, "other.scope", runID("e"), 5)
	keepRun(t, unit, runID("b"), 2)
	keepRun(t, unit, runID("c"), 3)
	past := func(c string, hours int) *Past {
		return &Past{InvocationID: runID(c), latest: state.Moment{Wall: time.Now().Add(time.Duration(hours) * time.Hour)}}
	}
	for _, c := range []struct {
		name    string
		journal []*Past
		all     bool
		want    string
	}{
		{"no other", nil, true, "c3 b2 a1"},
		{"no other", nil, false, "c3"},
		{"an older one", []*Past{past("d", -1)}, true, "c3 b2 a1 d"},
		{"a newer one", []*Past{past("d", 1)}, true, "d c3 b2 a1"},
		{"a newer one", []*Past{past("d", 1)}, false, "d c3"},
		{"the start of one is in the journal", []*Past{past("c", 0), past("b", -1)}, true, "c3 b2 a1"},
		{"the start of an older one is in the journal", []*Past{past("b", 1)}, false, "b2 c3"},
	} {
		got, err := withKept(c.journal, scope.UserManager, unit, c.all)
		if err != nil || !strings.HasPrefix(ids(got), c.want) || c.all && ids(got) != c.want {
			t.Errorf("%s, all %t: %v, got %s, want %s", c.name, c.all, err, ids(got), c.want)
		}
	}
	if got, err := withKept(nil, scope.SystemManager, unit, true); err != nil || got != nil {
		t.Errorf("of the other manager: %v, %v", got, err)
	}
	// A later run that leaves no record.
	state.Renew("user", unit, runID("f"))
	list, err := withKept(nil, scope.UserManager, unit, false)
	if got := ids(withNoted(list, state.FindNote("user", unit))); err != nil || got != "f c3" {
		t.Errorf("after a run without a record: %v, %s", err, got)
	}
}

// Records are in the order in which they were kept, also if the clock is set back.
func TestOrderOfRecordsDoesNotDependOnTheClock(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	for i, id := range []string{"a", "b", "c"} {
		keepRun(t, "x.scope", runID(id), i)
		files, _ := filepath.Glob(filepath.Join(dir, "gorun", "*"+runID(id)+keptSuffix))
		if len(files) != 1 {
			t.Fatal(files)
		}
		earlier := time.Now().Add(-time.Duration(i) * time.Hour)
		if err := os.Chtimes(files[0], earlier, earlier); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := withKept(nil, scope.UserManager, "x.scope", true); err != nil || ids(got) != "c2 b1 a0" {
		t.Errorf("%v, %s", err, ids(got))
	}
}

func TestBrokenRecordOfTheNewestRunIsAnError(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	for i, id := range []string{"a", "b", "c"} {
		keepRun(t, "x.scope", runID(id), i)
	}
	damage := func(id string) {
		files, _ := filepath.Glob(filepath.Join(dir, "gorun", "*"+runID(id)+keptSuffix))
		if err := os.WriteFile(files[0], []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage("b")
	if got, err := withKept(nil, scope.UserManager, "x.scope", true); err != nil || ids(got) != "c2 b a0" {
		t.Errorf("%v, %s", err, ids(got))
	}
	damage("c")
	if _, err := withKept(nil, scope.UserManager, "x.scope", false); err == nil || !strings.Contains(err.Error(), runID("c")+".record is no record, and can be deleted: ") {
		t.Errorf("got %v", err)
	}
}

func TestOldestRecordsAreRemovedIfThereAreTooMany(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	if err := os.Mkdir(filepath.Join(dir, "gorun"), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "gorun", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := func(i int) string { return keptName("user", fmt.Sprintf("%d.scope", i%10), uint64(i+1), runID("a")) }
	write("oldest.scope.log")
	for i := range slices.Backward(make([]int, maxKept)) { // the oldest is written last
		write(name(i))
	}
	keepRun(t, "noted.scope", runID("c"), 0) // maxKept+1, so that there is room again
	if err := os.Rename(filepath.Join(dir, "gorun", keptName("user", "noted.scope", maxKept+1, runID("c"))), filepath.Join(dir, "gorun", keptName("user", "noted.scope", 0, runID("c")))); err != nil {
		t.Fatal(err)
	}
	for i := range maxKept / 10 {
		write(name(i))
	}
	keepRun(t, "new.scope", runID("b"), 0)
	if state.FindNote("user", "noted.scope") != nil {
		t.Error("the note outlives the record")
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "gorun"))
	if len(entries) != 2+maxKept*9/10 { // and the note
		t.Errorf("there are %d files", len(entries))
	}
	newest := keptName("user", "new.scope", maxKept+1, runID("b"))
	for name, want := range map[string]bool{"oldest.scope.log": true, newest: true, name(maxKept - 1): true, name(0): false, name(100): false, name(101): true} {
		if _, err := os.Stat(filepath.Join(dir, "gorun", name)); errors.Is(err, os.ErrNotExist) == want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNameOfARecordsFileSaysWhatItIsAbout(t *testing.T) {
	for _, unit := range []string{"x.scope", strings.Repeat("x", 249) + ".scope", strings.Repeat("x", 70) + ".scope"} {
		for _, id := range []string{runID("a"), ""} {
			got, prefix, ok := parseKept("dir", keptName("user", unit, 42, id))
			if !ok || prefix != keptPrefix("user", unit) || got.number != 42 || got.invocationID != id {
				t.Errorf("%s: %+v, %s, %t", unit, got, prefix, ok)
			}
		}
	}
	if keptPrefix("user", "x.scope") == keptPrefix("user", "x.scope.scope") || keptPrefix("user", "x.scope") == keptPrefix("system", "x.scope") {
		t.Error("units have the same prefix")
	}
	for _, name := range []string{"x.scope.user.record", "x.scope.log", ".record", "x.scope.user.newest"} {
		if _, _, ok := parseKept("dir", name); ok {
			t.Errorf("%s is taken for a record", name)
		}
	}
}
