package cgroup

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"
)

func TestFrozenProcessesStop(t *testing.T) {
	g := realGroup(t)
	sleep := exec.Command("sleep", "60")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleep.Process.Kill(); sleep.Wait() })
	if err := g.Move(sleep.Process.Pid); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, want := range []bool{true, false} {
		change := func() error { return g.Freeze(ctx) }
		if !want {
			change = g.Thaw
		}
		for range 2 { // the second time changes nothing
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if asked, err := g.IsFrozen(); asked != want || err != nil {
				t.Errorf("IsFrozen %v, %v, want %v", asked, err, want)
			}
			if events, err := g.Events(); err != nil || want && !events.Frozen {
				t.Errorf("%+v, %v, want %v", events, err, want)
			}
		}
	}
}

func TestGroupThatIsGoneCannotBeFrozen(t *testing.T) {
	g := Group{Dir: t.TempDir() + "/gone"}
	if err := g.Freeze(t.Context()); !errors.Is(err, ErrGone) {
		t.Errorf("Freeze: %v", err)
	}
	if err := g.Thaw(); !errors.Is(err, ErrGone) {
		t.Errorf("Thaw: %v", err)
	}
	if _, err := g.IsFrozen(); !errors.Is(err, ErrGone) {
		t.Errorf("IsFrozen: %v", err)
	}
}

func TestUseIsPartOfTheStats(t *testing.T) {
	g := fake(t, map[string]string{
		"cpu.stat": "usage_usec 7\nuser_usec 4\nsystem_usec 3\n", "memory.current": "4096\n", "memory.max": "max\n", "memory.peak": "8192\n",
		"pids.current": "3\n", "pids.max": "10\n", "cgroup.events": "populated 1\nfrozen 1\n", "cgroup.freeze": "1\n",
	})
	use, err := g.ReadUse()
	if err != nil || use.CPUStat.Usage != 7*time.Microsecond || *use.MemoryCurrentBytes != 4096 || *use.MemoryMaxBytes != Max || use.MemoryPeakBytes != nil ||
		*use.PIDsCurrent != 3 || *use.PIDsMax != 10 || !use.Events.Frozen {
		t.Errorf("%+v, %v", use, err)
	}
	if frozen, err := g.IsFrozen(); !frozen || err != nil {
		t.Errorf("IsFrozen: %v, %v", frozen, err)
	}
	if _, err := (Group{Dir: g.Dir + "/gone"}).ReadUse(); !errors.Is(err, ErrGone) {
		t.Errorf("gone: %v", err)
	}
}
