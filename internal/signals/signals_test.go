package signals

import (
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSenderIsKnownExceptInThePortableBuild(t *testing.T) {
	in, err := Catch([]unix.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGCHLD, 40})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "kill -USR1 "+strconv.Itoa(os.Getpid()))
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	unix.Kill(os.Getpid(), unix.SIGUSR2)
	unix.Kill(os.Getpid(), 40)
	seen := map[unix.Signal]Info{}
	for len(seen) < 4 {
		i, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		seen[i.Signal] = i
	}
	if !Native {
		if i := seen[unix.SIGUSR1]; i.Known || i.ByKernel() || i.ByProcess(0) {
			t.Errorf("the sender is known: %+v", i)
		}
		return
	}
	if i := seen[unix.SIGUSR1]; !i.ByProcess(cmd.Process.Pid) || i.ByKernel() {
		t.Errorf("got %+v, want one from %d", i, cmd.Process.Pid)
	}
	for _, sig := range []unix.Signal{unix.SIGUSR2, 40} {
		if i := seen[sig]; !i.ByProcess(os.Getpid()) {
			t.Errorf("got %+v, want one from ourselves", i)
		}
	}
	if i := seen[unix.SIGCHLD]; !i.ByKernel() {
		t.Errorf("got %+v, want one from the kernel", i)
	}
}

// The handler may interrupt any thread at any time, even the garbage collector.
func TestProcessSurvivesAFloodOfSignals(t *testing.T) {
	in, err := Catch([]unix.Signal{unix.SIGUSR1, 50})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	var flood sync.WaitGroup
	defer flood.Wait()
	received := make(chan struct{})
	defer close(received)
	flood.Go(func() {
		var garbage [][]byte
		for i := range n {
			garbage = append(garbage[:i%100], make([]byte, 10000))
			unix.Kill(os.Getpid(), 50)
		}
		for { // a full inbox loses this one too
			unix.Kill(os.Getpid(), unix.SIGUSR1)
			select {
			case <-received:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	for count := 0; ; count++ {
		i, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if i.Signal == unix.SIGUSR1 {
			if count < n/100 {
				t.Errorf("received %d of %d", count, n)
			}
			return
		}
		if i.Signal != 50 {
			t.Fatalf("got %+v", i)
		}
	}
}

func TestSetActionReturnsAnActionThatCanBeRestored(t *testing.T) {
	old, err := SetAction(unix.SIGUSR1, &Action{Handler: Ignore})
	if err != nil {
		t.Fatal(err)
	}
	if !IsIgnored(unix.SIGUSR1) {
		t.Error("USR1 is not ignored")
	}
	if _, err := SetAction(unix.SIGUSR1, &old); err != nil || IsIgnored(unix.SIGUSR1) {
		t.Errorf("the action was not restored: %v", err)
	}
	if _, err := SetAction(unix.SIGKILL, &Action{}); err == nil {
		t.Error("setting the action of KILL is not an error")
	}
}
