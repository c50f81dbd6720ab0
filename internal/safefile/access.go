package safefile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// access says who besides the caller and root can put files into a directory.
type access int

const (
	private access = iota // nobody
	ofGroup               // the members of its group
	public                // anybody, or the other user who owns it
)

// accessTo looks at the directory itself, whose path may mean another one by now.
func accessTo(dir int) (access, error) {
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return public, err
	}
	switch {
	case st.Mode&unix.S_IWOTH != 0, !isTrusted(st.Uid):
		return public, nil
	case st.Mode&unix.S_IWGRP != 0 && st.Gid != 0: // ACLs show here, too
		return ofGroup, nil
	}
	return private, nil
}

// isTrusted reports whether a user is the caller or can change every file anyway. In a
// user namespace root may have no number, and / then has the owner of all files whose
// owners have none.
func isTrusted(uid uint32) bool {
	if int(uid) == os.Geteuid() || uid == 0 {
		return true
	}
	var root unix.Stat_t
	return unix.Stat("/", &root) == nil && root.Uid == uid
}

// errOthersLink means that another user may have made a link on the way to the file.
var errOthersLink = errors.New("a symbolic link on the way is in a directory where other users can create files")

// checkLink refuses a symbolic link that another user may have made. In a directory of
// the caller's group the link's owner counts.
func checkLink(dir int, name string) error {
	a, err := accessTo(dir)
	if err != nil {
		return err
	}
	var link unix.Stat_t
	if a == ofGroup {
		if err := unix.Fstatat(dir, name, &link, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
	}
	if a == public || a == ofGroup && !isTrusted(link.Uid) {
		return errOthersLink
	}
	return nil
}

// checkFile refuses a file that another user may have made or linked: one of another
// user, or one with several names, where other users can create files.
func checkFile(dir int, st unix.Stat_t) error {
	a, err := accessTo(dir)
	switch {
	case err != nil:
		return err
	case a == private, a == ofGroup && isTrusted(st.Uid):
		return nil
	case int(st.Uid) != os.Geteuid():
		return fmt.Errorf("belongs to UID %d, in a directory where other users can create files", st.Uid)
	case st.Nlink > 1:
		return errors.New("has other names, in a directory where other users can create files")
	}
	return nil
}

// checkOwner refuses a file of somebody other than the directory's owner.
func checkOwner(dir int, st unix.Stat_t) error {
	owner, err := (&Dir{dir}).Owner()
	if err == nil && int(st.Uid) != owner && !isTrusted(st.Uid) {
		err = fmt.Errorf("belongs to UID %d, in a directory of UID %d", st.Uid, owner)
	}
	return err
}

// errReplaceable means that another user could put another directory in the place of one
// on the way.
var errReplaceable = errors.New("another user can replace a directory on the way")

// checkWay refuses a directory whose entries another user can replace. In a sticky
// directory nobody can replace the entries of others. The group of a directory has been
// chosen by its owner.
func checkWay(dir int) error {
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return err
	}
	if !isTrusted(st.Uid) || st.Mode&unix.S_IWOTH != 0 && st.Mode&unix.S_ISVTX == 0 {
		return errReplaceable
	}
	return nil
}

// IsReadable reports whether the caller may read a file, by mode, groups and ACLs.
func IsReadable(file string) bool {
	return unix.Faccessat(unix.AT_FDCWD, file, unix.R_OK, unix.AT_EACCESS) == nil
}
