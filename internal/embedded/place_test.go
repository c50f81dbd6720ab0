package embedded

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// TestMain makes the test binary find a place in the group that a variable names.
func TestMain(m *testing.M) {
	in := os.Getenv("GORUN_PLACE_IN")
	if in == "" {
		os.Exit(m.Run())
	}
	group := cgroup.Group{Dir: in}
	if err := group.Enter(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if os.Getenv("GORUN_MAY_SHARE") != "" {
		fmt.Println(mayShare(group))
		return
	}
	at, err := findPlace(strings.Fields(os.Getenv("GORUN_PLACE_NEEDS")))
	fmt.Println(at.parent.Dir, err)
	for _, why := range at.lacks {
		fmt.Println(why)
	}
}

// tree makes a group with a controller of cgroup v2, and in it the group of a caller.
func tree(t *testing.T) (outer, caller cgroup.Group, controller string) {
	t.Helper()
	own, err := cgroup.Of(0)
	if err != nil || own.MayPlace() != nil {
		t.Skip("the test's own group needs root and a writable cgroup v2")
	}
	list, err := own.Controllers()
	if err != nil || len(list) == 0 {
		t.Skip("the test needs a controller of cgroup v2, and has none:", err)
	}
	controller = list[0]
	if err := own.Enable(controller); errors.Is(err, unix.EBUSY) {
		t.Skip("the test's own group has processes, and cannot share its controllers")
	} else if err != nil {
		t.Fatal(err)
	}
	if outer, err = own.Make(fmt.Sprintf("gorun-place-%d", os.Getpid())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := outer.Remove(); err != nil {
			t.Error(err)
		}
	})
	if caller, err = outer.Make("caller"); err != nil {
		t.Fatal(err)
	}
	return outer, caller, controller
}

// placeIn finds a place for a process in a group.
func placeIn(t *testing.T, in cgroup.Group, needs ...string) string {
	t.Helper()
	return strings.TrimSpace(runSelf(t, "GORUN_PLACE_IN="+in.Dir, "GORUN_PLACE_NEEDS="+strings.Join(needs, " ")))
}

// A run whose limits need no controller is below its caller.
func TestPlaceIsTheCallersGroup(t *testing.T) {
	_, caller, _ := tree(t)
	if got := placeIn(t, caller); got != caller.Dir+" <nil>" {
		t.Errorf("got %s, want %s", got, caller.Dir)
	}
}

// A group with processes does not share its controllers, and stays as it is.
func TestPlaceWithAControllerIsAboveTheCaller(t *testing.T) {
	outer, caller, controller := tree(t)
	if got := placeIn(t, caller, controller); got != outer.Dir+" <nil>" {
		t.Errorf("got %s, want %s", got, outer.Dir)
	}
	if enabled, err := caller.Enabled(); err != nil || len(enabled) > 0 {
		t.Errorf("the caller's group shares %v, %v", enabled, err)
	}
}

// A group that is made for runs is used rather than the one that it is in.
func TestPlaceIsTheDelegatedGroup(t *testing.T) {
	outer, caller, controller := tree(t)
	made, err := outer.Make(delegated)
	if err == nil {
		err = outer.Enable(controller)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := placeIn(t, caller, controller); got != made.Dir+" <nil>" {
		t.Errorf("got %s, want %s", got, made.Dir)
	}
}

// Without a place that has the controller, the nearest is taken, and the reason is told.
func TestPlaceWithoutTheController(t *testing.T) {
	_, caller, _ := tree(t)
	got := placeIn(t, caller, "nothing")
	if place, why, _ := strings.Cut(got, "\n"); place != caller.Dir+" <nil>" || !strings.Contains(why, "does not have the nothing controller") {
		t.Errorf("got %s", got)
	}
}

func TestGroupWithProcessesMayNotShare(t *testing.T) {
	outer, caller, _ := tree(t)
	if !mayShare(outer) || !mayShare(caller) {
		t.Error("a group without processes may not share its controllers")
	}
	if got := runSelf(t, "GORUN_PLACE_IN="+caller.Dir, "GORUN_MAY_SHARE=yes"); got != "false\n" {
		t.Errorf("a group with a process may share: %s", got)
	}
}

// Somebody else may have made the group, and given it limits of theirs.
func TestGroupThatNoRunHasMadeIsNotUsed(t *testing.T) {
	own, err := cgroup.Of(0)
	if err != nil || own.MayPlace() != nil {
		t.Skip("the test's own group needs root and a writable cgroup v2")
	}
	unit := fmt.Sprintf("gorun-taken-%d.scope", os.Getpid())
	taken, err := own.Make(unit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Remove() }) // it is empty
	if _, err := (place{parent: own}).makeGroup(unit); err == nil || !strings.Contains(err.Error(), "no run of gorun's is known there") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(taken.Dir); err != nil {
		t.Errorf("the group is gone: %v", err)
	}
}
