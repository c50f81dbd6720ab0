package rig

import (
	"context"
	"io"
	"net"
	"strconv"
)

// Forward forwards a port of the host's loopback interface to the machine's sshd, until
// ctx is done.
func (m *Machine) Forward(ctx context.Context) (port int, err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	go func() {
		for {
			outside, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go m.join(ctx, outside)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// join copies bytes between a connection and the machine's sshd.
func (m *Machine) join(ctx context.Context, outside net.Conn) {
	defer outside.Close()
	inside, err := m.host.dial(ctx, sshPort)
	if err != nil {
		return // the client sees its connection closed
	}
	defer inside.Close()
	go func() {
		io.Copy(inside, outside) // ends with either connection
		inside.Close()
	}()
	io.Copy(outside, inside) // ends with either connection
}

// SSHArgs are the arguments of ssh(1) for a login over a forwarded port.
func (m *Machine) SSHArgs(port int, user string) []string {
	return []string{
		"-i", m.image.keyFile(), "-p", strconv.Itoa(port),
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		user + "@127.0.0.1",
	}
}
