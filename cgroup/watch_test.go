package cgroup

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

// patience is a deadline for operations that take no time on an idle machine.
const patience = 20 * time.Second

// patient returns a context that ends a hanging test.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// mortal starts a process in g that lives until end is called.
func mortal(t *testing.T, g Group) (end func()) {
	t.Helper()
	cmd := helper("wait")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		stdin.Close()
		cmd.Wait() // how it ended does not matter
	})
	t.Cleanup(end)
	move(t, cmd.Process.Pid, g)
	return end
}

// descriptors counts the open descriptors of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestWatchFollowsTheGroupToItsEnd(t *testing.T) {
	g := realGroup(t)
	sub := realSubgroup(t, g, "sub")
	before := descriptors(t)
	var end func()
	want := []bool{false, true, false}
	step := 0
	for events, err := range g.Watch(patient(t)) {
		if errors.Is(err, ErrGone) && step == len(want) {
			break
		}
		if err != nil || step == len(want) || events.Populated != want[step] {
			t.Fatalf("step %d: got %+v, %v", step, events, err)
		}
		switch step++; step {
		case 1: // a process in a descendant counts
			end = mortal(t, sub)
		case 2:
			end()
		case 3:
			removeAtEnd(t, sub.Dir)
			removeAtEnd(t, g.Dir)
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestRemovalOfAnEmptyGroupEndsItsWatch(t *testing.T) {
	g := realGroup(t)
	sibling := realGroup(t)
	first := true
	for _, err := range g.Watch(patient(t)) {
		if first && err == nil {
			first = false
			go func() {
				// By now the watch most likely waits.
				time.Sleep(50 * time.Millisecond)
				os.Remove(sibling.Dir) // must not end the watch
				time.Sleep(50 * time.Millisecond)
				os.Remove(g.Dir)
			}()
			continue
		}
		if !errors.Is(err, ErrGone) {
			t.Errorf("got %v, want ErrGone", err)
		}
	}
	if first {
		t.Error("the watch yielded no events")
	}
}

func TestWatchOfAMissingGroupIsErrGone(t *testing.T) {
	g := Group{Dir: t.TempDir() + "/none"}
	for _, err := range g.Watch(patient(t)) {
		if !errors.Is(err, ErrGone) {
			t.Errorf("got %v", err)
		}
	}
	if err := g.WaitEmpty(patient(t)); err != nil {
		t.Errorf("WaitEmpty: %v", err)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	g := realGroup(t)
	waiter(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	begun := time.Now()
	if err := g.WaitEmpty(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > patience {
		t.Errorf("it took %v", took)
	}
	if err := g.WaitEmpty(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestWaitEmptyWaitsForTheLastProcess(t *testing.T) {
	g := realGroup(t)
	end := mortal(t, g)
	done := make(chan error)
	go func() { done <- g.WaitEmpty(patient(t)) }()
	select {
	case err := <-done:
		t.Fatalf("WaitEmpty returned with a process in the group: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A user has 128 inotify instances.
func TestTwoHundredWatchesNeedNeitherThreadsNorInotify(t *testing.T) {
	g := realGroup(t)
	end := mortal(t, g)
	const n = 200
	begun, done := make(chan bool, n), make(chan error, n)
	for range n {
		go func() {
			for events, err := range g.Watch(patient(t)) {
				if err != nil {
					done <- err
					return
				}
				if !events.Populated {
					break
				}
				begun <- true
			}
			done <- nil
		}()
	}
	for range n {
		<-begun
	}
	if threads, err := os.ReadDir("/proc/self/task"); err != nil || len(threads) >= n {
		t.Errorf("%d threads, %v", len(threads), err)
	}
	end()
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestWatchOfAMissingFileIsNotSupported(t *testing.T) {
	g := realGroup(t) // on a hybrid host it has no memory controller
	if events, err := g.MemoryEvents(); err != nil || events != nil {
		t.Skip("the group has a memory controller:", err)
	}
	for _, err := range g.WatchMemory(patient(t)) {
		if !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrGone) {
			t.Errorf("got %v", err)
		}
	}
}

func TestLeavingTheLoopClosesAllDescriptors(t *testing.T) {
	g := realGroup(t)
	before := descriptors(t)
	for range 20 {
		for range g.Watch(t.Context()) {
			break
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
