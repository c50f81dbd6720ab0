package bus

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Dial connects to address. It waits for a place in the queue of a peer that has many new
// clients, but not for the peer; the first call does. Test system call errors with
// [errors.Is].
func Dial(ctx context.Context, address Address) (*Conn, error) {
	sock, err := new(net.Dialer).DialContext(ctx, "unix", address.Path)
	if errors.Is(err, unix.EAGAIN) {
		sock, err = queueUp(ctx, address.Path)
	}
	if err != nil {
		return nil, err
	}
	return NewConn(address, sock), nil
}

// queueSlice is how often queueUp looks whether its context has ended.
const queueSlice = 100 * time.Millisecond

// queueUp connects to a socket whose queue is full. Its length is the peer's backlog, at
// most net.core.somaxconn, which is 128 before Linux 5.4. Only a blocking connect(2) waits.
func queueUp(ctx context.Context, path string) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close() // net.FileConn makes a copy
	slice := unix.NsecToTimeval(queueSlice.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &slice); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	for {
		err := unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		switch {
		case err == nil:
			return net.FileConn(file)
		case err != unix.EAGAIN && err != unix.EINTR:
			return nil, os.NewSyscallError("connect", err)
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		}
	}
}
