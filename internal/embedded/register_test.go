package embedded

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// started makes a run that only has a record.
func started(t *testing.T, unit string) *Run {
	t.Helper()
	r, err := newRun(Plan{Unit: unit})
	if err == nil {
		err = r.register()
	}
	if err == nil {
		err = r.Unkept
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.forget)
	return r
}

func mustExist(t *testing.T, unit string) {
	t.Helper()
	again, err := newRun(Plan{Unit: unit})
	if err != nil {
		t.Fatal(err)
	}
	if exists := (*ExistsError)(nil); !errors.As(again.register(), &exists) {
		again.forget()
		t.Error("a second run got the name")
	}
}

// A login shell has a directory that cron does not have.
func TestNameIsTakenInEachDirectory(t *testing.T) {
	const unit = "gorun-test-directories.scope"
	dir := openTestState(t)
	r := started(t, unit)
	if err := dir.WriteFile(recordName(unit), r.record.encode(), 0o600); err != nil { // whichever is the best
		t.Fatal(err)
	}
	if r.RuntimeDir != os.Getenv("XDG_RUNTIME_DIR") {
		r.forget()
	}
	mustExist(t, unit)
}

// The PIDs in the record of another PID namespace say nothing here.
func TestLiveRunOfAnotherNamespaceKeepsItsName(t *testing.T) {
	const unit = "gorun-test-namespace.scope"
	openTestState(t)
	r := started(t, unit)
	dir, err := openState(r.RuntimeDir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	r.record.Namespace = "pid:[1]"
	if err := dir.WriteFile(recordName(unit), r.record.encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	mustExist(t, unit)
	r.record.Boot = "another"
	if r.record.isLeft(dir) {
		t.Error("the run of a live supervisor is left")
	}
	r.alive.Close() // as the supervisor's end does
	if !r.record.isLeft(dir) {
		t.Error("the run is not left")
	}
	started(t, unit)
}

// Another process may hold the lock, and be stopped.
func TestWaitForTheLockEnds(t *testing.T) {
	dir := openTestState(t)
	open := func() *os.File {
		f, err := dir.OpenLock(lockName)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	holder, waiter, late := open(), open(), open()
	if err := lock(holder, 0); err != nil {
		t.Fatal(err)
	}
	if err := lock(late, time.Millisecond); err == nil || !strings.Contains(err.Error(), "has held the lock") {
		t.Errorf("got %v", err)
	}
	got := make(chan error)
	go func() { got <- lock(waiter, time.Minute) }()
	holder.Close()
	if err := <-got; err != nil {
		t.Error(err)
	}
	waiter.Close()
}

// A user may have the variable, by accident or by intent.
func TestVariableAloneMakesNoKeeper(t *testing.T) {
	for _, value := range []string{"x", "/run:0123:x.scope"} {
		t.Setenv(keeperVariable, value)
		if IsKeeper() {
			t.Errorf("%s makes a keeper", value)
		}
	}
}

// A process that has become another user's refuses signals, and is named.
func TestProcessThatRefusesIsNamed(t *testing.T) {
	err := refusal([]int{os.Getpid()})
	if !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), fmt.Sprintf("process %d (", os.Getpid())) {
		t.Errorf("got %v", err)
	}
	if err := refusal(nil); err != nil {
		t.Error(err)
	}
}
