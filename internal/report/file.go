package report

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/safefile"
	"gorun/internal/text"
)

// File is where a report is written: a file, or a descriptor that the caller opened. A nil
// File takes no report.
type File struct {
	file *safefile.File // nil for a descriptor
	fd   int
}

// OpenFile checks that a report can be written to a path. It writes nothing. The paths
// of descriptors, -, /dev/stdout, /dev/fd/3, mean the descriptor as the caller opened it.
func OpenFile(path string) (*File, error) {
	if fd, ok := descriptor(path); ok {
		return &File{fd: fd}, checkDescriptor(fd)
	}
	file, err := safefile.Find(path)
	return &File{file: file}, err
}

// descriptor returns the descriptor that a path names. Opening the path would start
// again at the beginning of the file.
func descriptor(path string) (fd int, ok bool) {
	switch path {
	case "-", "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if number, isOne := strings.CutPrefix(path, dir); isOne {
			fd, err := strconv.Atoi(number)
			return fd, err == nil
		}
	}
	return 0, false
}

// checkDescriptor returns why a descriptor cannot be written to.
func checkDescriptor(fd int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	switch {
	case err != nil:
		return err
	case fd < 3 && entry.Closed(fd):
		return unix.EBADF // Go's runtime has opened /dev/null in its place
	case flags&unix.O_ACCMODE == unix.O_RDONLY, flags&unix.O_PATH != 0:
		return errors.New("is not open for writing")
	}
	descriptorFlags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err == nil && descriptorFlags&unix.FD_CLOEXEC != 0 {
		return unix.EBADF // it is our own
	}
	return err
}

// Descriptors lists the caller's descriptors that the report will be written to.
func (f *File) Descriptors() []int {
	if f == nil || f.file != nil {
		return nil
	}
	return []int{f.fd}
}

// Begin writes the report of a run that starts, so that nobody takes an earlier run's for
// it: without an outcome, which [File.Write] adds. If there is no room, the file is
// emptied. Pipes, devices and descriptors get one report, at the end.
func (f *File) Begin(rep *Report) error {
	if f == nil || f.file == nil {
		return nil
	}
	contents, err := rep.json()
	if err != nil {
		return err
	}
	return f.file.Begin(contents)
}

// Write writes the report as JSON.
func (f *File) Write(rep *Report) error {
	if f == nil {
		return nil
	}
	contents, err := rep.json()
	if err != nil {
		return err
	}
	if f.file != nil {
		return f.file.Replace(contents)
	}
	_, err = text.FD(f.fd).Write(contents)
	return err
}

// WriteFailure writes the report of a launch that failed. If there is no room, the file is
// emptied: it may still have an earlier run's.
func (f *File) WriteFailure(rep *Report) error {
	err := f.Write(rep)
	if err != nil {
		f.Begin(rep) // on failure the file stays as it is, and err is why
	}
	return err
}

func (rep *Report) json() ([]byte, error) {
	var contents bytes.Buffer
	err := text.JSON(&contents, rep)
	return contents.Bytes(), err
}
