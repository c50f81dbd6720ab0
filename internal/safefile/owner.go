package safefile

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Owner returns the UID that owns a file. ok is false if the file cannot be found.
func Owner(file string) (uid int, ok bool) {
	var st unix.Stat_t
	err := unix.Stat(file, &st)
	return int(st.Uid), err == nil
}

// IsReadable reports whether the caller may read a file, by mode, groups and ACLs.
func IsReadable(file string) bool {
	return unix.Faccessat(unix.AT_FDCWD, file, unix.R_OK, unix.AT_EACCESS) == nil
}

// isPublic reports whether anybody can create files in a directory.
func isPublic(dir int) (bool, error) {
	var st unix.Stat_t
	err := unix.Fstat(dir, &st)
	return st.Mode&unix.S_IWOTH != 0, err
}

// refuseOtherUsers refuses a file of another user in a directory where anybody can
// create files.
func refuseOtherUsers(dir int, st unix.Stat_t) error {
	public, err := isPublic(dir)
	if err == nil && public && int(st.Uid) != os.Geteuid() {
		err = fmt.Errorf("belongs to UID %d, in a directory where anybody can create files", st.Uid)
	}
	return err
}
