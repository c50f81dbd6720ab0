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
	for range maxAppendTries {
		fd, err = openAppend(w)
		if err == nil && !isNamed(w.dir, fd, w.names[0]) {
			unix.Close(fd)
			err = unix.ESTALE
		}
		if !errors.Is(err, unix.ESTALE) && !errors.Is(err, unix.EAGAIN) {
			break
		}
	}
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// maxAppendTries bounds how often a file is opened that is removed at that moment. Who removes it
// renames it first, so that the next try finds no file, or the one that was put back; and asks
// for a lease then, which fails a try with EAGAIN.
const maxAppendTries = 5

func openAppend(w *walk) (fd int, err error) {
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
