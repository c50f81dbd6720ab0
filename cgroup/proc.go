package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// deletedSuffix is what the kernel appends to the path of a removed group.
const deletedSuffix = " (deleted)"

// PathOf returns the path of the cgroup v2 of a process, for which 0 means the
// caller, from the 0:: line of /proc/PID/cgroup: one open, one read, one close.
//
// The error is [ErrNoV2] if there is no such line, [unix.ESRCH] if there is no
// such process, and [ErrGone] if the group was removed. A group with living processes
// cannot be removed, so ErrGone means that the process has ended but its parent has not
// waited for it yet. (Unless pid is 0, a living group that someone named "x (deleted)"
// is taken for a removed one.)
func PathOf(pid int) (string, error) {
	file := procCgroup(pid)
	path, err := readProcCgroup(file)
	switch {
	case pid != 0 && errors.Is(err, unix.ENOENT):
		return "", fmt.Errorf("open %s: %w", file, unix.ESRCH)
	case err != nil:
		return "", err
	case pid != 0 && strings.HasSuffix(path, deletedSuffix):
		return "", fmt.Errorf("read %s: %s: %w", file, path, ErrGone)
	}
	return path, nil
}

// LastPathOf is like [PathOf] for a process that has ended and that its parent has not waited
// for. It also returns the path of a group that was removed since.
func LastPathOf(pid int) (string, error) {
	path, err := readProcCgroup(procCgroup(pid))
	return strings.TrimSuffix(path, deletedSuffix), err
}

// procCgroup is the file that says where a process is, for which 0 means the caller.
func procCgroup(pid int) string {
	if pid == 0 {
		return "/proc/self/cgroup"
	}
	return "/proc/" + strconv.Itoa(pid) + "/cgroup"
}

// readProcCgroup reads a file like /proc/PID/cgroup. The kernel writes it as a whole
// (proc_single_show), so a read that does not fill the buffer is the last.
func readProcCgroup(file string) (string, error) {
	var buf [4096]byte
	n, err := readOnce(file, buf[:])
	data := buf[:n]
	if n == len(buf) {
		data, err = readFile(file)
	}
	if err != nil {
		return "", err
	}
	path, err := parseProcCgroup(data)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	return path, nil
}

// readOnce opens, reads once and closes.
func readOnce(file string, buf []byte) (int, error) {
	fd, err := openAt(unix.AT_FDCWD, file, unix.O_RDONLY)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(fd) // for reading only: nothing can fail late
	n, err := read(fd, buf)
	if err != nil {
		return 0, &fs.PathError{Op: "read", Path: file, Err: err}
	}
	return n, nil
}

// parseProcCgroup finds the line of cgroup v2, with number 0 and without controllers:
//
//	4:memory:/user/7
//	1:name=systemd:/user.slice
//	0::/user.slice/user-1000.slice/session-3.scope
//
// A path cannot hold a line break: the kernel refuses such names. (No
// bytes.Lines here: it would move the caller's buffer to the heap.)
func parseProcCgroup(data []byte) (string, error) {
	var line []byte
	for number := 1; len(data) > 0; number++ {
		line, data, _ = bytes.Cut(data, []byte("\n"))
		path, ok := bytes.CutPrefix(line, []byte("0::"))
		if !ok {
			continue
		}
		if !bytes.HasPrefix(path, []byte("/")) {
			return "", fmt.Errorf("line %d %q: want 0::/PATH", number, string(line))
		}
		return string(path), nil
	}
	return "", fmt.Errorf("no line begins with 0::: %w", ErrNoV2)
}
