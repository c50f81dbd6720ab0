package cgroup

import (
	"errors"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever runs the tests, as root of a whole machine too, keeps running.
func TestRootAndOwnGroupAreNotSignaled(t *testing.T) {
	own, err := Of(0)
	if err != nil {
		t.Skip("the test needs cgroup v2:", err)
	}
	root := own
	for at, ok := own, true; ok; at, ok = at.Parent() {
		root = at
	}
	for name, g := range map[string]Group{
		"the caller's": own, "the root": root, "the root by its directory": {Dir: root.Dir}, "no group": {},
		"the caller's by its directory": {Dir: own.Dir},
	} {
		// A signal of 0 is sent to nobody, so that a failure of this test does no harm.
		if err := g.Signal(0); err == nil {
			t.Errorf("%s: processes were signaled", name)
		}
		if err := g.mayBeSignaled(); err == nil {
			t.Errorf("%s: would be killed", name)
		}
	}
}

func TestRealGroupAboveTheCallersIsNotKilled(t *testing.T) {
	g := realGroup(t)
	sub := realSubgroup(t, g, "sub")
	cmd := exec.Command("sleep", "100")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() }) // it dies of a signal
	own, err := Of(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.Enter(); err != nil {
		t.Skip("this process cannot be moved:", err)
	}
	defer own.Enter() // else the group cannot be removed, which fails the test
	for _, in := range []Group{g, sub, {Dir: g.Dir}} {
		if err := in.mayBeSignaled(); !errors.Is(err, errOwn) {
			t.Errorf("%s: %v, want %v", in.Dir, err, errOwn)
		}
		if err := in.Signal(unix.Signal(0)); !errors.Is(err, errOwn) {
			t.Errorf("%s: %v, want %v", in.Dir, err, errOwn)
		}
	}
}
