package bustest

import (
	"errors"
	"net"
	"strings"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// fileReader reads from a connection and keeps the descriptors that arrive. Do not read
// it through a buffer: one read may return the end of a message and the whole next
// message, with its descriptors.
type fileReader struct {
	conn net.Conn
	fds  []int
}

func (r *fileReader) Read(b []byte) (int, error) {
	sock, ok := r.conn.(*net.UnixConn)
	if !ok {
		return r.conn.Read(b)
	}
	rights := make([]byte, unix.CmsgSpace(253*4)) // SCM_MAX_FD
	n, oob, _, _, err := sock.ReadMsgUnix(b, rights)
	if err != nil {
		return n, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:oob])
	for _, m := range messages {
		fds, rightsErr := unix.ParseUnixRights(&m)
		r.fds = append(r.fds, fds...)
		err = errors.Join(err, rightsErr)
	}
	if n == 0 && err == nil {
		return 0, net.ErrClosed
	}
	return n, err
}

// decode reads a message. Like systemd, it refuses a message that does not come with as
// many descriptors as its header says.
func (r *fileReader) decode() (*dbus.Message, error) {
	r.close() // the descriptors of the previous message
	m, err := dbus.DecodeMessage(r)
	if err != nil {
		return nil, err
	}
	said, _ := m.Headers[dbus.FieldUnixFDs].Value().(uint32) // absent means none
	if int(said) != len(r.fds) {
		return nil, errors.New("descriptors arrived with the wrong message")
	}
	m.Headers[dbus.FieldUnixFDs] = dbus.MakeVariant(r.fds) // instead of their number
	return m, nil
}

// Files returns the descriptors that came with a call. They are open until it is
// answered. The call's body has indices of them, of type [dbus.UnixFDIndex].
func Files(call *dbus.Message) []int {
	fds, _ := call.Headers[dbus.FieldUnixFDs].Value().([]int)
	return fds
}

// line reads up to the next line break.
func (r *fileReader) line() (line string, err error) {
	var b [1]byte
	for !strings.HasSuffix(line, "\n") && err == nil {
		_, err = r.Read(b[:])
		line += string(b[:])
	}
	return line, err
}

func (r *fileReader) close() {
	for _, fd := range r.fds {
		unix.Close(fd)
	}
	r.fds = nil
}
