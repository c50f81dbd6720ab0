package report

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/text"
)

// File is where a report is written: a file, or a descriptor that the caller opened.
// Nothing is written before [File.Write]. A nil File takes no report.
type File struct {
	file *safefile.File // nil for a descriptor
	fd   int
}

// OpenFile checks that a report can be written to a path when the run ends. The paths
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

// Write writes the report as JSON.
func (f *File) Write(rep *Report) error {
	if f == nil {
		return nil
	}
	var contents bytes.Buffer
	if err := text.JSON(&contents, rep); err != nil {
		return err
	}
	if f.file != nil {
		return f.file.Replace(contents.Bytes())
	}
	_, err := text.FD(f.fd).Write(contents.Bytes())
	return err
}
