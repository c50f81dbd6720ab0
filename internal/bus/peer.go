package bus

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Peer returns the listening process from the kernel (SO_PEERCRED): the one that called
// listen(2).
func (c *Conn) Peer() (*unix.Ucred, error) {
	sock, ok := c.sock.(*net.UnixConn)
	if !ok {
		return nil, fmt.Errorf("peer of %s: not a unix socket", c.address)
	}
	raw, err := sock.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("peer of %s: %w", c.address, err)
	}
	var cred *unix.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = credErr
	}
	if err != nil {
		return nil, fmt.Errorf("peer of %s: %w", c.address, err)
	}
	return cred, nil
}
