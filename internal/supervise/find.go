package supervise

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// defaultPath is where execvp(3) looks when PATH is not set.
const defaultPath = "/bin:/usr/bin"

// StartError says why a command cannot be executed.
type StartError struct {
	Name string // as it was given
	Dir  string // the command's working directory, empty if it is the caller's
	Err  error  // from execve(2), or from chdir(2) to Dir
}

func (e *StartError) Error() string {
	if e.Dir != "" {
		return fmt.Sprintf("%s, in %s: %v", e.Name, e.Dir, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Name, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }

// NotFound reports whether the command does not exist (status 127 in a shell), rather
// than exists but cannot be run (status 126).
func (e *StartError) NotFound() bool {
	return errors.Is(e.Err, unix.ENOENT) || errors.Is(e.Err, unix.ENOTDIR)
}

// Find looks name up as execvp(3) does and returns the file to execute. path is the
// value of PATH; isSet reports whether PATH is set, even if empty. A file that may not
// be executed counts only if no other is found. Errors are of type [*StartError].
func Find(name, path string, isSet bool) (string, error) {
	if strings.Contains(name, "/") {
		return name, startError(name, executable(name))
	}
	if name == "" {
		return "", startError(name, unix.ENOENT)
	}
	if !isSet {
		path = defaultPath
	}
	var failure error = unix.ENOENT
	for dir := range strings.SplitSeq(path, ":") {
		file := candidate(dir, name)
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if errors.Is(err, unix.EACCES) {
			failure = err
		}
	}
	return "", startError(name, failure)
}

// candidate is the file in one directory of PATH; an empty entry means the working
// directory.
func candidate(dir, name string) string {
	if dir == "" {
		dir = "."
	}
	return dir + "/" + name // not cleaned: after a symlink ".." is elsewhere, and $0 is as typed
}

// executable returns the error that execve(2) would give for file.
func executable(file string) error {
	var st unix.Stat_t
	if err := unix.Stat(file, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return unix.EACCES
	}
	return unix.Faccessat(unix.AT_FDCWD, file, unix.X_OK, unix.AT_EACCESS)
}

func startError(name string, err error) error {
	if err == nil {
		return nil
	}
	return &StartError{Name: name, Err: err}
}
