package safefile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// OpenAppend opens a regular file to append to, close-on-exec. It creates the file with
// mode 0600 if there is none. The caller closes the descriptor.
func OpenAppend(path string) (fd int, err error) {
	w, err := walkTo(path)
	if err != nil {
		return -1, err
	}
	defer w.close()
	fd, err = unix.Openat(w.dir, w.names[0], unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND|careful, 0o600)
	if errors.Is(err, unix.ENXIO) { // a socket, or a FIFO that nobody reads
		err = errNotRegular
	}
	if err == nil {
		err = checkRegular(w.dir, fd, checkFile)
	}
	if err != nil {
		return -1, err
	}
	return fd, nil
}
