package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// The kernel's report that a group is empty is dropped if the group is removed at once.
func TestWaitEndsThoughTheGroupIsRemovedAtOnce(t *testing.T) {
	own, err := cgroup.Of(0)
	if err != nil || own.MayPlace() != nil {
		t.Skip("the test needs the right to make a cgroup v2")
	}
	for i := range 20 {
		group, err := own.Make(fmt.Sprintf("gorun-wait-%d-%d.scope", os.Getpid(), i))
		if err != nil {
			t.Fatal(err)
		}
		dir, err := os.Open(group.Dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := os.StartProcess("/bin/sleep", []string{"sleep", "600"}, &os.ProcAttr{
			Sys: &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())},
		})
		dir.Close()
		if err != nil {
			t.Fatal(err)
		}
		r := &Run{}
		if r.group, err = hold(group); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		ended := make(chan error, 1)
		go func() { ended <- r.WaitEmpty(ctx) }()
		if err := errors.Join(group.Freeze(ctx), group.Thaw(), p.Signal(unix.SIGKILL)); err != nil { // the kernel has just sent a report
			t.Error(err)
		}
		p.Wait() // it was killed
		if err := group.Remove(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Fatalf("attempt %d: %v", i, err)
		}
		cancel()
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	cause := errors.New("no more")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- awaitEnd(ctx, os.Getpid()) }()
	cancel(cause)
	if err := <-ended; err != cause {
		t.Errorf("got %v", err)
	}
	if err := awaitEnd(t.Context(), 1<<30); err != nil && !errors.Is(err, unix.EINVAL) {
		t.Errorf("of a process that does not exist: %v", err)
	}
}
