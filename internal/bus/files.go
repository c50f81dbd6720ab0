package bus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/sys/unix"
)

// ErrNoFiles is returned when the peer does not take descriptors, or was not asked
// to when the connection began. The call was not made, others can be.
var ErrNoFiles = errors.New("descriptors cannot be passed on this connection")

// outgoingFiles are descriptors that leave with the last message of what is queued.
//
// systemd wants them with the first byte of their own message: during the handshake
// it takes none, and fails the connection (bus_socket_read_auth in sd-bus); what
// arrives with another message is that one's (message_from_header).
type outgoingFiles struct {
	fds        []int
	at         int  // where in the queue the message begins
	negotiated bool // the handshake has asked for it
}

// wanted tells whether there are any.
func (f outgoingFiles) wanted() bool { return len(f.fds) > 0 }

// passFiles sends descriptors along with the message that is queued at an offset.
func (c *Conn) passFiles(fds []int, at int) error {
	if c.authenticated && !c.files.negotiated {
		return ErrNoFiles
	}
	c.files.fds, c.files.at = fds, at-c.handshakeLeft()
	return nil
}

// handshakeLeft is how much of the queue is the handshake, which goes first.
func (c *Conn) handshakeLeft() int {
	if c.authenticated {
		return 0
	}
	return c.handshake
}

// negotiateFiles adds to the handshake that descriptors are to be passed.
func (c *Conn) negotiateFiles(handshake []byte) []byte {
	c.files.negotiated = true
	begin := []byte("BEGIN\r\n")
	return bytes.Join([][]byte{bytes.TrimSuffix(handshake, begin), begin}, []byte("NEGOTIATE_UNIX_FD\r\n"))
}

// filesAgreed reads the peer's answer to NEGOTIATE_UNIX_FD, if it was asked:
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

// send writes what is queued.
func (c *Conn) send() error {
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
		_, err = io.Copy(c.sock, &c.out) // what did not fit
	}
	return err
}
