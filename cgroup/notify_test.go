package cgroup

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// systemd watches cgroup.events as here.
func TestNotifyIsSeenByWhoWatchesTheEvents(t *testing.T) {
	g := realGroup(t)
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, g.Dir+"/cgroup.events", unix.IN_MODIFY); err != nil {
		t.Fatal(err)
	}
	if err := g.Notify(); err != nil {
		t.Fatal(err)
	}
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(poll, int(patience.Milliseconds())); n != 1 || err != nil {
		t.Errorf("no event: %d, %v", n, err)
	}
	if events, err := g.Events(); err != nil || events.Frozen || events.Populated {
		t.Errorf("the group is changed: %+v, %v", events, err)
	}
}

func TestNotifyOfAMissingGroupIsErrGone(t *testing.T) {
	if err := (Group{Dir: t.TempDir() + "/none"}).Notify(); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}
