package report

import (
	"fmt"
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

func TestOldestRecordsAreRemovedIfThereAreTooMany(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	if err := os.Mkdir(filepath.Join(state, "gorun"), 0o700); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	write := func(name string, age time.Duration) {
		t.Helper()
		file := filepath.Join(state, "gorun", name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	write("oldest.scope.log", 1000*time.Hour)
	for i := range maxKept {
		write(fmt.Sprintf("%d.scope.user.record", i), time.Duration(i+1)*time.Minute)
	}
	if err := keep("user", "new.scope", map[string]string{}); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(filepath.Join(state, "gorun"))
	if len(entries) != 1+maxKept*9/10 {
		t.Errorf("there are %d files", len(entries))
	}
	for name, want := range map[string]bool{"oldest.scope.log": true, "new.scope.user.record": true, "0.scope.user.record": true, "999.scope.user.record": false} {
		if _, err := os.Stat(filepath.Join(state, "gorun", name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
