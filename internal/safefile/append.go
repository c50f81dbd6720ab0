package safefile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// errNotRegular means that the file is a device, a socket, a FIFO or a directory.
var errNotRegular = errors.New("not a regular file")

// OpenAppend opens a file to append to, close-on-exec. It creates the file with mode
// 0600 if there is none. The caller closes the descriptor.
func OpenAppend(path string) (fd int, err error) {
	w, err := walkTo(path)
	if err != nil {
		return -1, err
	}
	defer w.close()
	// Without O_NONBLOCK a FIFO would wait for its reader, and without O_NOCTTY a
	// terminal could become the controlling one.
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_NOCTTY | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, err = unix.Openat(w.dir, w.names[0], flags, 0o600)
	if errors.Is(err, unix.ENXIO) { // a socket, or a FIFO that nobody reads
		err = errNotRegular
	}
	if err == nil {
		if err = checkOpened(w.dir, fd); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// checkOpened refuses what is not a regular file, and a file of another user in a public
// directory. It ends O_NONBLOCK.
func checkOpened(dir, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return errNotRegular
	}
	if err := refuseOtherUsers(dir, st); err != nil {
		return err
	}
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_APPEND)
	return err
}
