package process

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// File identifies a file, whatever its name.
type File struct{ Device, Inode uint64 }

// FileOf looks at a file. It does not follow a link.
func FileOf(path string) (File, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return File{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return File{uint64(st.Dev), st.Ino}, nil
}

// Opened finds the regular files that processes have open, as far as the caller may look at
// the processes: at the own ones, and as root at all.
func Opened() map[File]bool {
	found := map[File]bool{}
	list, _ := pids() // without /proc none is known
	for _, pid := range list {
		dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
		fds, _ := os.ReadDir(dir) // another user's, or gone
		for _, fd := range fds {
			var st unix.Stat_t
			if unix.Stat(filepath.Join(dir, fd.Name()), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
				found[File{uint64(st.Dev), st.Ino}] = true
			}
		}
	}
	return found
}
