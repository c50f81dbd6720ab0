package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestProcessesOfAllDescendants(t *testing.T) {
	g := fake(t, map[string]string{
		"cgroup.procs":     "30\n10\n",
		"a/cgroup.procs":   "20\n10\n",
		"a/b/cgroup.procs": "5\n0\n",
		"c/cgroup.procs":   "",
		"cpu.stat":         "no group",
	})
	pids, err := g.Processes()
	if want := []int{5, 10, 20, 30}; err != nil || !slices.Equal(pids, want) {
		t.Errorf("got %v, %v, want %v", pids, err, want)
	}
}

func TestProcessesOfAnEmptyGroupAreNotNil(t *testing.T) {
	g := fake(t, map[string]string{"cgroup.procs": ""})
	if pids, err := g.Processes(); err != nil || pids == nil || len(pids) != 0 {
		t.Errorf("got %#v, %v, want an empty list", pids, err)
	}
}

func TestProcessesAreReadToTheEndOfFile(t *testing.T) {
	var text strings.Builder
	for pid := range 5000 {
		fmt.Fprintln(&text, pid+1)
	}
	g := fake(t, map[string]string{"cgroup.procs": text.String()})
	if pids, err := g.Processes(); err != nil || len(pids) != 5000 {
		t.Errorf("got %d processes, %v, want 5000", len(pids), err)
	}
}

func TestProcessesErrorNamesFileAndLine(t *testing.T) {
	g := fake(t, map[string]string{"cgroup.procs": "1\n", "a/cgroup.procs": "2\nx\n"})
	_, err := g.Processes()
	if want := g.Dir + `/a/cgroup.procs: line 2 "x"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one with %q", err, want)
	}
}

// A subgroup without cgroup.procs looks like one that is being removed.
func TestProcessesSkipASubgroupThatVanishes(t *testing.T) {
	g := fake(t, map[string]string{"cgroup.procs": "1\n", "a/cpu.stat": "", "b/cgroup.procs": "2\n"})
	if pids, err := g.Processes(); err != nil || !slices.Equal(pids, []int{1, 2}) {
		t.Errorf("got %v, %v, want [1 2]", pids, err)
	}
}

func TestProcessesOfAPlainDirectoryIsNotErrGone(t *testing.T) {
	_, err := fake(t, nil).Processes()
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrGone) {
		t.Errorf("error is %v, want that cgroup.procs does not exist", err)
	}
}

// Subgroups are made and removed all the time while the list is read.
func TestRealProcessesWhileSubgroupsVanish(t *testing.T) {
	g := realGroup(t)
	pid := waiter(t, g).Process.Pid
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() { stopped <- churn(g.Dir+"/sub", stop) }()
	for range 2000 {
		if pids, err := g.Processes(); err != nil || !slices.Equal(pids, []int{pid}) {
			t.Errorf("got %v, %v, want [%d]", pids, err, pid)
			break
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// churn makes and removes a directory until stop is closed.
func churn(dir string, stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
}

func TestRealProcessesOfThreadedGroups(t *testing.T) {
	g := realGroup(t)
	pid := waiter(t, g).Process.Pid
	sub := realSubgroup(t, g, "threads")
	if err := os.WriteFile(sub.Dir+"/cgroup.type", []byte("threaded"), 0); err != nil {
		t.Fatal(err)
	}
	if pids, err := g.Processes(); err != nil || !slices.Equal(pids, []int{pid}) {
		t.Errorf("group with a threaded subgroup: got %v, %v, want [%d]", pids, err, pid)
	}
	// EOPNOTSUPP here too: a file that does not work counts as absent.
	if value, err := one(sub, "cgroup.procs", parseProcs); value != nil || err != nil {
		t.Errorf("file that cannot be read: got %v, %v, want nil", value, err)
	}
	if pids, err := sub.Processes(); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("threaded group: got %v, %v, want EOPNOTSUPP", pids, err)
	}
}
