package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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
	w, err := walkTo(file)
	if err == nil {
		f.fd, f.name = w.dir, w.names[0]
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

// check says why the file cannot be written.
func (f *reportFile) check() error {
	st, err := f.stat()
	if errors.Is(err, unix.ENOENT) {
		return unix.Faccessat(f.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}
	if err == nil {
		err = refuseOthers(f.fd, st)
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

// descriptors are those of the caller's that the report is to be written to.
func (f *reportFile) descriptors() []int {
	if f == nil || f.name != "" {
		return nil
	}
	return []int{f.fd}
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
	old, err := f.stat()
	isNew := errors.Is(err, unix.ENOENT)
	if isNew || err == nil && isReplaceable(old) {
		temporary := fmt.Sprintf(".gorun-report-%d", os.Getpid())
		if fd, err := f.open(temporary, unix.O_CREAT|unix.O_EXCL); err == nil {
			if isNew || takeAfter(fd, old) {
				return f.exchange(fd, temporary, text)
			}
			unix.Close(fd)
			unix.Unlinkat(f.fd, temporary, 0) // at worst it stays
		}
	}
	flags := unix.O_TRUNC | unix.O_NONBLOCK
	if isNew { // else the kernel may refuse what is another's (fs.protected_regular)
		flags |= unix.O_CREAT
	}
	fd, err := f.open(f.name, flags)
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

// stat looks at the file itself.
func (f *reportFile) stat() (st unix.Stat_t, err error) {
	return st, unix.Fstatat(f.fd, f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
}

// isReplaceable tells whether another file can take the file's place: it is the
// caller's, and has no other name.
func isReplaceable(st unix.Stat_t) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink == 1 && int(st.Uid) == os.Geteuid()
}

// takeAfter gives a new file the mode and the group of an old one, and tells whether
// that is allowed.
func takeAfter(fd int, old unix.Stat_t) bool {
	return unix.Fchown(fd, -1, int(old.Gid)) == nil && unix.Fchmod(fd, old.Mode&0o777) == nil
}

// open opens the file or another one beside it, for writing. What is new has the mode
// that the umask leaves.
func (f *reportFile) open(name string, flags int) (fd int, err error) {
	return unix.Openat(f.fd, name, flags|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o666)
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
