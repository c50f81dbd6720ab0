package journal

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// streamSocket is where journald takes lines of text from a process.
const streamSocket = "/run/systemd/journal/stdout"

// Available tells whether there is a journal that takes streams: the socket may be there
// without anybody who listens.
func Available() bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	err = unix.Connect(fd, &unix.SockaddrUnix{Name: streamSocket})
	return err == nil || err == unix.EAGAIN // of those who have not been let in yet there are too many
}

// sendBuffer is what a stream may hold that journald has not read yet, as in
// sd_journal_stream_fd(3).
const sendBuffer = 8 << 20

// OpenStream opens a descriptor, close-on-exec, each line to which becomes an entry of
// the writer's unit, by the identifier. unit is what root says that the unit is, for
// when journald cannot find out; it does not take anybody else's word.
//
// Limitation: journald looks the unit up in /proc, by who has written a line, when it
// reads that. Lines of a user's process that has ended by then have no unit: 5 of 40 of
// the shortest runs on a busy machine. They are found by identifier and UID.
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

// begin connects and says what is to come.
func begin(fd int, header []string) error {
	timeout := unix.NsecToTimeval(Timeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout); err != nil {
		return err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: streamSocket}); err != nil {
		return err
	}
	if err := unix.Shutdown(fd, unix.SHUT_RD); err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte(strings.Join(header, "\n")+"\n")); err != nil {
		return err
	}
	var none unix.Timeval // COMMAND waits as long as it takes
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &none); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
}
