package cgroup

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// fileSize is the size of the first buffer. Nearly all files are smaller.
const fileSize = 4096

// dir is a group's directory, open while its files are read. So all files belong to one
// group, even if the group is removed and made again meanwhile.
type dir struct {
	path   string
	fd     int
	buf    []byte // reused from file to file
	absent bool   // a file was absent
	err    error  // the errors of field, joined
}

// open opens the group's directory; close it after use. A group that does not
// exist is ErrGone.
func (g Group) open() (*dir, error) {
	if g.Dir == "" {
		return nil, errNoDir
	}
	fd, err := openAt(unix.AT_FDCWD, g.Dir, unix.O_PATH|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return nil, gone(g.Dir)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: g.Dir, Err: err}
	}
	return &dir{path: g.Dir, fd: fd}, nil
}

func (d *dir) close() { _ = unix.Close(d.fd) } // nothing can fail late

func gone(path string) error { return fmt.Errorf("open %s: %w", path, ErrGone) }

// one reads a single file of a group. It returns nil if the file is absent.
func one[T any](g Group, name string, parse func([]byte) (T, error)) (*T, error) {
	d, err := g.open()
	if err != nil {
		return nil, err
	}
	defer d.close()
	return only(d, name, parse)
}

// only reads a single file of an open group.
func only[T any](d *dir, name string, parse func([]byte) (T, error)) (*T, error) {
	value, err := get(d, name, parse)
	if err != nil {
		return nil, err
	}
	return value, d.checkGone()
}

// field reads one file of several and keeps its error in d.
func field[T any](d *dir, name string, parse func([]byte) (T, error)) *T {
	value, err := get(d, name, parse)
	d.err = errors.Join(d.err, err)
	return value
}

// get reads one file and parses it. It returns nil if the file is absent. The caller
// then has to call [dir.checkGone], in case the whole group is gone.
func get[T any](d *dir, name string, parse func([]byte) (T, error)) (*T, error) {
	data, err := d.read(name)
	if absent(err) {
		d.absent = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", d.path, name, err)
	}
	return &value, nil
}

// absent reports whether the kernel does not offer a file: it does not exist, or it
// exists but does not work, such as the pressure files when the kernel was started with
// psi=0.
func absent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EOPNOTSUPP)
}

// read returns the contents of a file, valid until the next call.
func (d *dir) read(name string) ([]byte, error) {
	fd, err := openAt(d.fd, name, unix.O_RDONLY)
	if err != nil {
		return nil, d.failed("open", name, err)
	}
	defer unix.Close(fd) // for reading only: nothing can fail late
	data, err := d.contents(fd)
	if err != nil {
		return nil, d.failed("read", name, err)
	}
	return data, nil
}

// openToWrite opens a file, which the caller closes. The error is [ErrGone] if there is no
// such group.
func (d *dir) openToWrite(name string) (fd int, err error) {
	fd, err = openAt(d.fd, name, unix.O_WRONLY)
	if absent(err) {
		d.absent = true
		if err := d.checkGone(); err != nil {
			return -1, err
		}
	}
	if err != nil {
		return -1, d.failed("open", name, err)
	}
	return fd, nil
}

// contents reads an open file, most often with a single call. It is for files of one
// record. The kernel never splits a record that fits the buffer (seq_read_iter in
// fs/seq_file.c), so a read that leaves room is the last. cgroup.procs has many
// records, so this does not hold for it.
func (d *dir) contents(fd int) ([]byte, error) {
	if d.buf == nil {
		d.buf = make([]byte, fileSize)
	}
	size := 0
	for {
		n, err := read(fd, d.buf[size:])
		if err != nil {
			return nil, err
		}
		size += n
		if size < len(d.buf) {
			return d.buf[:size], nil
		}
		d.buf = append(d.buf, make([]byte, len(d.buf))...)
	}
}

// failed describes a failed call on one of the group's files. An error for an absent
// file is returned as it is: nobody reads it. The kernel returns ENODEV for a file that
// was open, or being opened, when its group was removed.
func (d *dir) failed(op, name string, err error) error {
	if absent(err) {
		return err
	}
	if err == unix.ENODEV {
		err = ErrGone
	}
	return &fs.PathError{Op: op, Path: d.path + "/" + name, Err: err}
}

// checkGone returns ErrGone if a file was absent because the whole group is gone. In a
// removed directory that is still open every file is absent.
func (d *dir) checkGone() error {
	if !d.absent {
		return nil
	}
	var held, named unix.Stat_t
	if err := unix.Fstat(d.fd, &held); err != nil {
		return &fs.PathError{Op: "stat", Path: d.path, Err: err}
	}
	err := unix.Stat(d.path, &named)
	if err == unix.ENOENT || err == nil && (held.Ino != named.Ino || held.Dev != named.Dev) {
		return gone(d.path)
	}
	if err != nil {
		return &fs.PathError{Op: "stat", Path: d.path, Err: err}
	}
	return nil
}

// openAt is openat(2), closed on exec and repeated when interrupted.
func openAt(dirfd int, path string, flags int) (fd int, err error) {
	for {
		fd, err = unix.Openat(dirfd, path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// readFile is like [os.ReadFile], with half of the system calls.
func readFile(file string) ([]byte, error) {
	fd, err := openAt(unix.AT_FDCWD, file, unix.O_RDONLY)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(fd) // for reading only: nothing can fail late
	data := make([]byte, 0, fileSize)
	for {
		n, err := read(fd, data[len(data):cap(data)])
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: file, Err: err}
		}
		if n == 0 {
			return data, nil
		}
		if data = data[:len(data)+n]; len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// read is read(2), repeated when interrupted.
func read(fd int, buf []byte) (n int, err error) {
	for {
		n, err = unix.Read(fd, buf)
		if err != unix.EINTR {
			return n, err
		}
	}
}
