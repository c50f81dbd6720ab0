package report

import (
	"encoding/json"
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

// storeIn is a store with directories of the test's.
func storeIn(t *testing.T, dirs ...string) store {
	return store{func() []string { return dirs }, keepTimeout, t.TempDir()}
}

// keepRun keeps a record in a file.
func keepRun(t *testing.T, in store, unit, id string, code int) {
	t.Helper()
	user := "user"
	rep := &Report{Version: 1, Unit: &unit, Manager: &user, InvocationID: &id, Command: []string{"a"}, StartedAt: time.Now(), Outcome: Exited}
	rep.SetStatus(code, 0)
	fields, err := rep.recordFields()
	if err != nil {
		t.Fatal(err)
	}
	if err := rep.keep(in, fields, Log{}, true); err != nil {
		t.Fatal(err)
	}
}

// fileOfRun is the file with the record of a run.
func fileOfRun(t *testing.T, dir, id string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*"+runID(id)+keptSuffix)) // the pattern is valid
	if len(files) != 1 {
		t.Fatalf("%s: the files are %q", id, files)
	}
	return files[0]
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
	const unit = "x.scope"
	dirs := []string{t.TempDir()}
	in := storeIn(t, dirs...)
	keepRun(t, in, unit, runID("a"), 1)
	keepRun(t, in, "other.scope", runID("e"), 5)
	keepRun(t, in, unit, runID("b"), 2)
	keepRun(t, in, unit, runID("c"), 3)
	past := func(c string, hours int) *Past {
		return &Past{InvocationID: runID(c), Latest: state.Moment{Wall: time.Now().Add(time.Duration(hours) * time.Hour)}}
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
		got, err := withKept(c.journal, dirs, scope.UserManager, unit, "", c.all)
		if err != nil || !strings.HasPrefix(ids(got), c.want) || c.all && ids(got) != c.want {
			t.Errorf("%s, all %t: %v, got %s, want %s", c.name, c.all, err, ids(got), c.want)
		}
	}
	if got, err := withKept(nil, dirs, scope.SystemManager, unit, "", true); err != nil || got != nil {
		t.Errorf("of the other manager: %v, %v", got, err)
	}
	// A later run that leaves no record.
	state.Renew(dirs, "user", unit, runID("f"))
	list, err := withKept(nil, dirs, scope.UserManager, unit, "", false)
	if got := ids(withNoted(list, state.FindNote(dirs, "user", unit))); err != nil || got != "f c3" {
		t.Errorf("after a run without a record: %v, %s", err, got)
	}
}

// rewriteMoment changes when a record was written.
func rewriteMoment(t *testing.T, file string, m state.Moment) {
	t.Helper()
	var fields map[string]string
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	must(t, err)
	fields[bootField], fields[monotonicField], fields[wallField] = m.Boot, fmt.Sprint(m.Monotonic.Microseconds()), fmt.Sprint(m.Wall.UnixMicro())
	data, err = json.Marshal(fields)
	must(t, err)
	must(t, os.WriteFile(file, data, 0o600))
}

// The runs of a directory are in the order in which they were kept, also if the machine boots
// with its clock set back.
func TestOrderOfRecordsDoesNotDependOnTheClock(t *testing.T) {
	dirs := []string{t.TempDir()}
	for i, id := range []string{"a", "b", "c"} {
		keepRun(t, storeIn(t, dirs...), "x.scope", runID(id), i)
		rewriteMoment(t, fileOfRun(t, dirs[0], id), state.Moment{Boot: id, Monotonic: time.Minute, Wall: time.Now().Add(-time.Duration(i) * time.Hour)})
	}
	for all, want := range map[bool]string{true: "c2 b1 a0", false: "c2"} {
		if got, err := withKept(nil, dirs, scope.UserManager, "x.scope", "", all); err != nil || ids(got) != want {
			t.Errorf("all %t: %v, %s", all, err, ids(got))
		}
	}
}

// cron has no XDG_STATE_HOME: its runs are counted in another directory than those of a login
// shell.
func TestRunsOfSeveralDirectoriesAreInTheOrderOfTheirTime(t *testing.T) {
	login, cron, memory := t.TempDir(), t.TempDir(), t.TempDir()
	const unit = "x.scope"
	for i := range 20 {
		keepRun(t, storeIn(t, login), fmt.Sprint("other-", i, ".scope"), runID("f"), 0)
	}
	var want []string
	for i, dir := range []string{login, cron, login, login, memory, cron, cron} {
		id := string(rune('a' + i))
		keepRun(t, storeIn(t, dir), unit, runID(id), i)
		want = slices.Insert(want, 0, fmt.Sprint(id, i))
	}
	for _, dirs := range [][]string{{login, cron, memory}, {cron, memory, login}, {memory, login, cron}} {
		got, err := withKept(nil, dirs, scope.UserManager, unit, "", true)
		if err != nil || ids(got) != strings.Join(want, " ") {
			t.Errorf("%v, got %s", err, ids(got))
		}
		got, err = withKept(nil, dirs, scope.UserManager, unit, "", false)
		if err != nil || ids(got) != "g6 e4 d3" { // the newest of each
			t.Errorf("the newest: %v, got %s", err, ids(got))
		}
		// The newest of cron's is broken, and then the newest of all.
		file := fileOfRun(t, cron, "g")
		data, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(file, nil, 0o600))
		if _, err := withKept(nil, dirs, scope.UserManager, unit, "", false); err == nil {
			t.Error("that the newest record is broken is no error")
		}
		must(t, os.Chtimes(file, time.Time{}, time.Now().Add(-time.Hour)))
		if got, err := withKept(nil, dirs, scope.UserManager, unit, "", false); err != nil || !strings.HasPrefix(ids(got), "e4 ") {
			t.Errorf("an older record is broken: %v, got %s", err, ids(got))
		}
		must(t, os.WriteFile(file, data, 0o600))
	}
}

func TestBrokenRecordOfTheNewestRunIsAnError(t *testing.T) {
	dirs := []string{t.TempDir()}
	for i, id := range []string{"a", "b", "c"} {
		keepRun(t, storeIn(t, dirs...), "x.scope", runID(id), i)
	}
	damage := func(id string) { must(t, os.WriteFile(fileOfRun(t, dirs[0], id), []byte("{}"), 0o600)) }
	damage("b")
	if got, err := withKept(nil, dirs, scope.UserManager, "x.scope", "", true); err != nil || ids(got) != "c2 b a0" {
		t.Errorf("%v, %s", err, ids(got))
	}
	damage("c")
	if _, err := withKept(nil, dirs, scope.UserManager, "x.scope", "", false); err == nil || !strings.Contains(err.Error(), runID("c")+".record is no record, and can be deleted: ") {
		t.Errorf("got %v", err)
	}
	earlier := []*Past{{InvocationID: runID("d"), Latest: state.Moment{Wall: time.Now().Add(-time.Hour)}}}
	if _, err := withKept(earlier, dirs, scope.UserManager, "x.scope", "", false); err == nil {
		t.Error("an earlier run in the journal hides it")
	}
}

func TestNameOfARecordsFileSaysWhatItIsAbout(t *testing.T) {
	for _, unit := range []string{"x.scope", strings.Repeat("x", 249) + ".scope", strings.Repeat("x", 70) + ".scope"} {
		for _, id := range []string{runID("a"), ""} {
			got, ok := parseKept("dir", keptName("user", unit, 42, id))
			if !ok || got.unit != keptPrefix("user", unit) || got.number != 42 || got.invocationID != id {
				t.Errorf("%s: %+v, %t", unit, got, ok)
			}
		}
	}
	if keptPrefix("user", "x.scope") == keptPrefix("user", "x.scope.scope") || keptPrefix("user", "x.scope") == keptPrefix("system", "x.scope") {
		t.Error("units have the same prefix")
	}
	for _, name := range []string{"x.scope.user.record", "x.scope.log", ".record", "x.scope.user.newest"} {
		if _, ok := parseKept("dir", name); ok {
			t.Errorf("%s is taken for a record", name)
		}
	}
}

// Another run's record says nothing about this run, whether it can be read or not.
func TestBrokenRecordOfAnotherRunIsNotRead(t *testing.T) {
	dirs := []string{t.TempDir()}
	for i, id := range []string{"a", "b"} {
		keepRun(t, storeIn(t, dirs...), "x.scope", runID(id), i)
	}
	must(t, os.WriteFile(fileOfRun(t, dirs[0], "b"), []byte("{}"), 0o600))
	for id, want := range map[string]string{"a": "a0", "c": ""} { // c runs
		if got, err := withKept(nil, dirs, scope.UserManager, "x.scope", runID(id), true); err != nil || ids(got) != want {
			t.Errorf("%s: %v, %s", id, err, ids(got))
		}
	}
	if _, err := withKept(nil, dirs, scope.UserManager, "x.scope", runID("b"), true); err == nil {
		t.Error("that the run's own record is broken is no error")
	}
}
