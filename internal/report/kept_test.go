package report

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gorun/scope"
)

func TestKeptRecordIsFoundAmongTheJournalsRuns(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	user, unit, id := "user", "x.scope", "kept"
	rep := &Report{Version: 1, Unit: &unit, Manager: &user, InvocationID: &id, Command: []string{"a"}, StartedAt: at}
	rep.SetStatus(7, 0)
	fields, err := rep.recordFields()
	if err != nil {
		t.Fatal(err)
	}
	fields["MESSAGE_ID"] = recordID
	if err := keep(user, unit, fields); err != nil {
		t.Fatal(err)
	}
	run := func(id string, began time.Time) *Past { return &Past{InvocationID: id, Began: began} }
	for _, c := range []struct {
		name string
		list []*Past
		at   int // where the kept one is
	}{
		{"none", nil, 0},
		{"an older one", []*Past{run("a", at.Add(-time.Hour))}, 0},
		{"a newer one", []*Past{run("a", at.Add(time.Hour))}, 1},
		{"between two", []*Past{run("b", at.Add(time.Hour)), run("a", at.Add(-time.Hour))}, 1},
		{"the journal has its start", []*Past{run("b", at.Add(time.Hour)), run("kept", at)}, 1},
	} {
		got, err := withKept(c.list, scope.UserManager, unit)
		if err != nil || len(got) <= c.at || got[c.at].InvocationID != "kept" || got[c.at].Report == nil || *got[c.at].Report.ExitCode != 7 {
			t.Errorf("%s: %v, got %+v", c.name, err, got)
		}
	}
	if got, err := withKept(nil, scope.SystemManager, unit); err != nil || got != nil {
		t.Errorf("of the other manager: %v, %v", got, err)
	}
}

func TestOldRecordsAreRemoved(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	if err := os.Mkdir(filepath.Join(state, "gorun"), 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-keptFor - time.Hour)
	for _, name := range []string{"old.scope.user.record", "old.scope.log"} {
		file := filepath.Join(state, "gorun", name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range []string{"one.scope", "two.scope"} {
		if err := keep("user", unit, map[string]string{}); err != nil {
			t.Fatal(err)
		}
	}
	entries, _ := os.ReadDir(filepath.Join(state, "gorun"))
	got := ""
	for _, e := range entries {
		got += e.Name() + " "
	}
	if want := "old.scope.log one.scope.user.record two.scope.user.record "; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
}
