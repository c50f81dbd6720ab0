package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// reportFile is where a report goes: a file in a folder that is held open, or a
// descriptor that the caller has opened. Nothing is written before the end.
type reportFile struct {
	typed string // the option
	fd    int    // of the folder, or the descriptor itself
	name  string // in the folder; empty for a descriptor
}

// newReportFile makes sure that a report can be written to the file when the time
// comes. It is nil if none is wanted.
func newReportFile(file string) (*reportFile, error) {
	if file == "" {
		return nil, nil
	}
	f := &reportFile{typed: "--report-json=" + file}
	if fd, ok := descriptor(file); ok {
		f.fd = fd
		return f, f.blame(checkDescriptor(fd))
	}
	dir, name, err := resolve(file)
	if err == nil {
		f.name = name
		f.fd, err = unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if err == nil {
		err = f.check()
	}
	return f, f.blame(err)
}

// blame names the option.
func (f *reportFile) blame(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{option: f.typed, reason: reason(err), cause: err}
}

// descriptor tells the names of open descriptors, which would have to be opened
// otherwise, from the beginning of what they are: -, /dev/stdout, /dev/fd/3.
func descriptor(file string) (fd int, ok bool) {
	switch file {
	case "-", "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if number, isOne := strings.CutPrefix(file, dir); isOne {
			fd, err := strconv.Atoi(number)
			return fd, err == nil
		}
	}
	return 0, false
}

// checkDescriptor says why a descriptor cannot be written to.
func checkDescriptor(fd int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	switch {
	case err != nil:
		return err
	case flags&unix.O_ACCMODE == unix.O_RDONLY, flags&unix.O_PATH != 0:
		return errors.New("is not open for writing")
	}
	descriptorFlags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err == nil && descriptorFlags&unix.FD_CLOEXEC != 0 {
		return unix.EBADF // it is our own
	}
	return err
}

// resolve finds the folder and the name behind symbolic links.
func resolve(file string) (dir, name string, err error) {
	if strings.HasSuffix(file, "/") {
		return "", "", unix.EISDIR
	}
	if _, err := os.Lstat(file); err == nil {
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return "", "", err
		}
	}
	return filepath.Dir(file), filepath.Base(file), nil
}

// check says why the file cannot be written.
func (f *reportFile) check() error {
	var st unix.Stat_t
	err := unix.Fstatat(f.fd, f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return unix.Faccessat(f.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}
	switch {
	case err != nil:
		return err
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return unix.EISDIR
	case st.Mode&unix.S_IFMT == unix.S_IFSOCK:
		return errors.New("is a socket")
	}
	return unix.Faccessat(f.fd, f.name, unix.W_OK, unix.AT_EACCESS)
}

// write writes the report, if one is wanted.
func (f *reportFile) write(rep *report) error {
	if f == nil {
		return nil
	}
	var text bytes.Buffer
	err := printJSON(&text, rep)
	switch {
	case err != nil:
	case f.name == "":
		err = writeAll(f.fd, text.Bytes())
	default:
		err = f.replace(text.Bytes())
	}
	return f.blame(err)
}

// replace gives the file new contents, at once where that can be done: who reads it
// sees the old report or the new one.
func (f *reportFile) replace(text []byte) error {
	mode, atOnce := f.isReplaceable()
	temporary := fmt.Sprintf(".gorun-report-%d", os.Getpid())
	if atOnce {
		if fd, err := f.open(temporary, unix.O_CREAT|unix.O_EXCL, mode); err == nil {
			return f.exchange(fd, temporary, text)
		}
	}
	fd, err := f.open(f.name, unix.O_CREAT|unix.O_TRUNC|unix.O_NONBLOCK, mode)
	if errors.Is(err, unix.ENXIO) {
		return errors.New("nobody reads the pipe")
	}
	if err != nil {
		return err
	}
	return writeClose(fd, text)
}

// exchange makes a temporary file the file.
func (f *reportFile) exchange(fd int, temporary string, text []byte) error {
	err := writeClose(fd, text)
	if err == nil {
		err = unix.Renameat(f.fd, temporary, f.fd, f.name)
	}
	if err != nil {
		unix.Unlinkat(f.fd, temporary, 0) // at worst it stays
	}
	return err
}

// isReplaceable tells whether another file can take the file's place: it is not there,
// or is the caller's and has no other name. mode is what it has, or is to have.
func (f *reportFile) isReplaceable() (mode uint32, ok bool) {
	var st unix.Stat_t
	err := unix.Fstatat(f.fd, f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return 0o666, true // less the umask
	}
	isOwn := st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink == 1 && int(st.Uid) == os.Geteuid()
	return st.Mode & 0o777, err == nil && isOwn
}

func (f *reportFile) open(name string, flags int, mode uint32) (fd int, err error) {
	return unix.Openat(f.fd, name, flags|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
}

// writeClose writes to what has been opened for it, a pipe among others, which may be
// full: then no longer than a question may take.
func writeClose(fd int, text []byte) error {
	file := os.NewFile(uintptr(fd), "report")
	file.SetWriteDeadline(time.Now().Add(questionTimeout)) // regular files have none
	_, err := file.Write(text)
	return errors.Join(err, file.Close())
}

// writeAll writes to a descriptor that is not ours.
func writeAll(fd int, text []byte) error {
	_, err := fdWriter(fd).Write(text)
	return err
}
