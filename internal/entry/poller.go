package entry

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// StartPoller makes Go's runtime open its poller. The error is the kernel's if there are too few
// descriptors for that: without this call, the runtime would throw at the first timer or
// connection.
func StartPoller() error {
	if err := findPollerRoom(); err != nil {
		return err
	}
	time.AfterFunc(time.Hour, func() {}).Stop()
	return nil
}

// findPollerRoom opens what the runtime is going to open, and closes it.
func findPollerRoom() error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	defer unix.Close(epoll)
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	defer unix.Close(event)
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, event, &unix.EpollEvent{Events: unix.EPOLLIN}))
}
