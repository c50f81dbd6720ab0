package safefile

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// careful are the flags for a file that another user may have made. Without O_NONBLOCK a
// FIFO would wait for its other end, and without O_NOCTTY a terminal could become the
// controlling one.
const careful = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC

// errNotRegular means that the file is a device, a socket, a FIFO or a directory.
var errNotRegular = errors.New("not a regular file")

// errTooLong means that a file has more bytes than it can have.
var errTooLong = errors.New("the file is too long")

// OpenRead opens a regular file to read from.
func OpenRead(path string) (*os.File, error) {
	w, err := walkTo(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer w.close()
	f, err := openRead(w.dir, w.names[0], checkFile)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return f, nil
}

// check refuses a file in a directory because of its owner.
type check func(dir int, st unix.Stat_t) error

func openRead(dir int, name string, check check) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|careful, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) { // a link or a socket
		err = errNotRegular
	}
	if err == nil {
		err = checkRegular(dir, fd, check)
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// checkRegular ends O_NONBLOCK, or closes the descriptor of what is not a regular file, or
// is refused.
func checkRegular(dir, fd int, check check) error {
	err := checkDescriptor(dir, fd, unix.S_IFREG, check)
	if err == nil {
		err = block(fd)
	}
	if err != nil {
		unix.Close(fd)
	}
	return err
}

// checkDescriptor refuses a file of another type than format, and what check refuses.
func checkDescriptor(dir, fd int, format uint32, check check) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != format {
		return errNotRegular
	}
	return check(dir, st)
}

// block ends O_NONBLOCK.
func block(fd int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags&^unix.O_NONBLOCK)
	}
	return err
}

// readAtMost reads to the end, whatever size the file says it has.
func readAtMost(in io.Reader, max int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, int64(max)+1))
	if err == nil && len(data) > max {
		err = errTooLong
	}
	return data, err
}
