package journal

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// streamSocket is where journald takes lines of text from a process.
const streamSocket = "/run/systemd/journal/stdout"

// Available tells whether there is a journal that takes streams.
func Available() bool { return unix.Access(streamSocket, unix.W_OK) == nil }

// sendBuffer is what a stream may hold that journald has not read yet, as in
// sd_journal_stream_fd(3).
const sendBuffer = 8 << 20

// OpenStream opens a descriptor, close-on-exec, each line to which becomes an entry of
// the caller's unit, by the identifier. unit is what root says that the unit is, for
// when journald cannot find out; it does not take anybody else's word.
//
// journald looks a stream's unit up in /proc, by who has connected, when it reads the
// first line: the caller has to be in that unit and to stay for that long. The
// descriptor is returned when journald has read so far, or after [Timeout].
func OpenStream(identifier, unit string) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open a stream to the journal: %w", err)
	}
	if err := begin(fd, header(identifier, unit)); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("open a stream to the journal: %w", err)
	}
	return fd, nil
}

// header begins a stream: identifier, unit, priority, whether lines begin with a
// priority, whether to forward them to syslog, the kernel's log and the console
// (journald-stream.c).
func header(identifier, unit string) []string {
	return []string{strings.ReplaceAll(identifier, "\n", " "), unit, fmt.Sprint(int(Info)), "0", "0", "0", "0"}
}

// begin connects and has journald read the header and some empty lines, of which it
// makes no entries. Each is a buffer of its own in the socket, which with the smallest
// send buffer is writable again when all but the last one or two have been read.
func begin(fd int, header []string) error {
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: streamSocket}); err != nil {
		return err
	}
	if err := unix.Shutdown(fd, unix.SHUT_RD); err != nil {
		return err
	}
	timeout := unix.NsecToTimeval(Timeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout); err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte(strings.Join(header, "\n")+"\n\n")); err != nil {
		return err
	}
	if err := awaitReader(fd); err != nil {
		return err
	}
	var none unix.Timeval
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &none); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
}

// awaitReader waits until what was written has been read.
func awaitReader(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 0); err != nil { // the smallest that there is
		return err
	}
	for range 3 {
		if _, err := unix.Write(fd, []byte("\n")); err != nil && err != unix.EAGAIN {
			return err
		}
	}
	deadline := time.Now().Add(Timeout)
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return nil // journald hangs, or starts anew; the lines will be read then
		}
		_, err := unix.Poll(poll, int(left.Milliseconds())+1)
		if err != unix.EINTR {
			return err
		}
	}
}
