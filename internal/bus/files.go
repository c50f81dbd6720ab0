package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// ErrNoFiles is returned when the peer does not take descriptors, or the handshake did
// not negotiate them. The call was not made. Calls without descriptors still work.
var ErrNoFiles = errors.New("descriptors cannot be passed on this connection")

// outgoingFiles are the descriptors of the last message in the queue.
//
// systemd expects them with the first byte of their message. If they arrive during the
// handshake, it fails the connection (bus_socket_read_auth in sd-bus). If they arrive
// with another message, they belong to that message (message_from_header).
type outgoingFiles struct {
	fds        []int
	at         int  // the offset of the message in the queue
	negotiated bool // the handshake has negotiated descriptors
	incoming   bool // the next reply brings one: see [Conn.CallForFile]
}

// needHandshake reports whether the handshake has to negotiate descriptors.
func (f outgoingFiles) needHandshake() bool { return f.wanted() || f.incoming }

// wanted reports whether there are descriptors to send.
func (f outgoingFiles) wanted() bool { return len(f.fds) > 0 }

// CallForFile calls a method whose result is one descriptor, which the caller has to close. It
// must be the connection's first call. The error is also [ErrNoFiles].
func (c *Conn) CallForFile(ctx context.Context, call Call) (fd int, err error) {
	c.files.incoming, c.ear.takesFiles = true, true
	reply, err := c.Call(ctx, call)
	c.files.incoming, c.ear.takesFiles = false, false
	fds := c.ear.files
	c.ear.files = nil
	index, isFile := dbus.UnixFDIndex(0), false
	if err == nil && len(reply) == 1 {
		index, isFile = reply[0].(dbus.UnixFDIndex)
	}
	fd = -1
	for i, received := range fds {
		if isFile && i == int(index) {
			fd = received
		} else {
			unix.Close(received)
		}
	}
	if err == nil && fd < 0 {
		err = fmt.Errorf("call %s: %w", call.Member, ErrNoFiles)
	}
	return fd, err
}

// readFiles reads from a socket, and returns the descriptors that arrive as well.
func readFiles(sock *net.UnixConn, b []byte) (n int, fds []int, err error) {
	rights := make([]byte, unix.CmsgSpace(maxFiles*4))
	n, oob, _, _, err := sock.ReadMsgUnix(b, rights) // sets FD_CLOEXEC
	if err == nil && n == 0 {
		err = io.EOF
	}
	messages, _ := unix.ParseSocketControlMessage(rights[:oob]) // the kernel wrote them
	for _, m := range messages {
		list, _ := unix.ParseUnixRights(&m) // an error says that it has none
		fds = append(fds, list...)
	}
	return n, fds, err
}

// maxFiles is how many descriptors the kernel passes at once (SCM_MAX_FD).
const maxFiles = 253

// passFiles queues descriptors for the message at an offset of the queue.
func (c *Conn) passFiles(fds []int, at int) error {
	if c.authenticated && !c.files.negotiated {
		return ErrNoFiles
	}
	c.files.fds, c.files.at = fds, at-c.handshakeLeft()
	return nil
}

// handshakeLeft is the size of the handshake if the queue still begins with it.
func (c *Conn) handshakeLeft() int {
	if c.authenticated {
		return 0
	}
	return c.handshake
}

// negotiateFiles adds NEGOTIATE_UNIX_FD to the handshake.
func (c *Conn) negotiateFiles(handshake []byte) []byte {
	c.files.negotiated = true
	begin := []byte("BEGIN\r\n")
	return bytes.Join([][]byte{bytes.TrimSuffix(handshake, begin), begin}, []byte("NEGOTIATE_UNIX_FD\r\n"))
}

// filesAgreed reads the peer's answer to NEGOTIATE_UNIX_FD, if that was sent:
//
//	AGREE_UNIX_FD
func (c *Conn) filesAgreed() error {
	if !c.files.negotiated {
		return nil
	}
	line, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	c.files.negotiated = line == "AGREE_UNIX_FD\r\n" // or ERROR
	return nil
}

// flush writes the queue.
func (c *Conn) flush() error {
	if !c.files.wanted() {
		_, err := c.out.WriteTo(c.sock)
		return err
	}
	fds := c.files.fds
	c.files.fds = nil
	if !c.files.negotiated {
		c.out.Truncate(c.files.at)
		return ErrNoFiles
	}
	if _, err := c.sock.Write(c.out.Next(c.files.at)); err != nil {
		return err
	}
	sock, ok := c.sock.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%w: not a unix socket", ErrNoFiles)
	}
	n, _, err := sock.WriteMsgUnix(c.out.Bytes(), unix.UnixRights(fds...), nil)
	c.out.Next(n)
	if err == nil {
		_, err = io.Copy(c.sock, &c.out) // the rest of the message
	}
	return err
}
