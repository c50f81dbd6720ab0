package journal

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// StreamSocket is journald's socket for lines of text.
const StreamSocket = "/run/systemd/journal/stdout"

// Available reports whether journald accepts streams. The socket may exist while nobody
// listens.
func Available() bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	err = unix.Connect(fd, &unix.SockaddrUnix{Name: StreamSocket})
	return err == nil || err == unix.EAGAIN // EAGAIN: the accept backlog is full, so journald is listening
}

// IsStream reports whether a descriptor is a stream to journald.
func IsStream(fd int) bool {
	peer, err := unix.Getpeername(fd)
	socket, ok := peer.(*unix.SockaddrUnix)
	// A namespace has a directory of its own: /run/systemd/journal.NAME/stdout.
	return err == nil && ok && strings.HasPrefix(socket.Name, "/run/systemd/journal") && strings.HasSuffix(socket.Name, "/stdout")
}

// sendBuffer is how much unread data a stream may hold, as in sd_journal_stream_fd(3).
const sendBuffer = 8 << 20

// OpenStream opens a close-on-exec descriptor. Each line written to it becomes a journal
// entry of the writer's unit, with the identifier. unit is the unit's name for when
// journald cannot look it up; journald accepts it only from root.
//
// Limitation: journald looks up the writer's unit in /proc when it reads a line. If a
// user's process has ended by then, its lines have no unit: 5 of 40 of the shortest runs
// on a busy machine. They can be found by identifier and UID.
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

// maxHeader is the longest line of a stream's header. journald closes the stream on a
// longer one (STDOUT_STREAM_SETUP_PROTOCOL_LINE_MAX in journald-stream.c). A unit's name has
// up to 255 bytes, so that journald counts one too few.
const maxHeader = 254

// Identifier is the identifier by which a stream's lines are found. It is cut where
// journald would close the stream. Names of scopes stay different: only ".scope" is cut.
func Identifier(identifier string) string { return identifier[:min(len(identifier), maxHeader)] }

// header is the header of a stream: identifier, unit, priority, whether lines begin with
// a priority, whether to forward them to syslog, the kernel's log and the console
// (journald-stream.c).
func header(identifier, unit string) []string {
	if len(unit) > maxHeader {
		unit = "" // journald looks it up
	}
	return []string{strings.ReplaceAll(Identifier(identifier), "\n", " "), unit, fmt.Sprint(int(Info)), "0", "0", "0", "0"}
}

// begin connects and sends the header.
func begin(fd int, header []string) error {
	timeout := unix.NsecToTimeval(Timeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout); err != nil {
		return err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: StreamSocket}); err != nil {
		return err
	}
	if err := unix.Shutdown(fd, unix.SHUT_RD); err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte(strings.Join(header, "\n")+"\n")); err != nil {
		return err
	}
	var none unix.Timeval // COMMAND's writes have no timeout
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &none); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
}
