// Package smallfile reads small files of the kernel and of the system.
package smallfile

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// firstSize is the size of the first buffer. Nearly all files are smaller.
const firstSize = 1024

// Read is like [os.ReadFile], with half of the system calls: it does not find out whether the
// file can be waited for, and how long it is. A launch reads some ten such files.
func Read(name string) ([]byte, error) {
	fd, err := repeat(func() (int, error) { return unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd) // for reading only: nothing can fail late
	data := make([]byte, 0, firstSize)
	for {
		n, err := repeat(func() (int, error) { return unix.Read(fd, data[len(data):cap(data)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		}
		if n == 0 {
			return data, nil
		}
		if data = data[:len(data)+n]; len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// repeat repeats a system call that was interrupted.
func repeat(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return n, err
		}
	}
}
