package text

import (
	"errors"

	"golang.org/x/sys/unix"
)

// FD writes to a descriptor. If nobody reads it, Write returns an error, where writing to
// os.Stderr would end the process with SIGPIPE.
type FD int

func (fd FD) Write(b []byte) (int, error) {
	for written := 0; ; {
		n, err := unix.Write(int(fd), b[written:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		written += max(n, 0)
		if err != nil || written == len(b) {
			return written, err
		}
	}
}
