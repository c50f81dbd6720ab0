package embedded

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// systemd's groups are left alone, but for those that it has given away.
func TestOnlyDelegatedUnitsAreUsedWhereSystemdRuns(t *testing.T) {
	own, err := cgroup.Of(0)
	if err != nil || own.MayPlace() != nil {
		t.Skip("the test needs root and a writable cgroup v2")
	}
	unit, err := own.Make(fmt.Sprintf("gorun-unit-%d.service", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unit.Remove(); err != nil {
			t.Error(err)
		}
	})
	below, err := unit.Make("payload")
	if err != nil {
		t.Fatal(err)
	}
	other, err := below.Make("app.slice")
	if err != nil {
		t.Fatal(err)
	}
	if isDelegated(own) || isDelegated(unit) || isDelegated(below) {
		t.Error("a unit without Delegate= was taken for delegated")
	}
	if err := unix.Setxattr(unit.Dir, "trusted.delegate", []byte("1"), 0); errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EPERM) {
		t.Skip("the test may not set extended attributes:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	if !isDelegated(unit) || !isDelegated(below) {
		t.Error("a delegated unit was not found")
	}
	if isDelegated(other) {
		t.Error("a unit below the delegated one was taken for delegated")
	}
	if _, err := unit.Make("init.scope"); err != nil {
		t.Fatal(err)
	}
	if isDelegated(unit) || isDelegated(below) {
		t.Error("a unit with a systemd of its own was taken for delegated")
	}
}
