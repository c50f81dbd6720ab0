// Package safefile opens and replaces files under paths that another user may have
// prepared. It follows no symbolic link, and takes no file of another user, in a
// directory where anybody can create files, whatever fs.protected_symlinks says. It
// never waits for the reader of a pipe.
package safefile

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// File is a file that will be replaced, in a directory that is held open. The file need
// not exist. Nothing is written before [File.Replace].
type File struct {
	dir  int
	name string
}

// Find finds the file at a path, and checks that it can be replaced.
func Find(path string) (*File, error) {
	w, err := walkTo(path)
	if err != nil {
		return nil, err
	}
	f := &File{w.dir, w.names[0]}
	if err := f.check(); err != nil {
		w.close()
		return nil, err
	}
	return f, nil
}

// check returns why the file cannot be written.
func (f *File) check() error {
	st, err := f.stat()
	if errors.Is(err, unix.ENOENT) {
		return unix.Faccessat(f.dir, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}
	if err == nil {
		err = refuseOtherUsers(f.dir, st)
	}
	switch {
	case err != nil:
		return err
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return unix.EISDIR
	case st.Mode&unix.S_IFMT == unix.S_IFSOCK:
		return errors.New("is a socket")
	}
	return unix.Faccessat(f.dir, f.name, unix.W_OK, unix.AT_EACCESS)
}

// Replace gives the file new contents. A regular file of the caller's own is replaced
// atomically: readers see all of the old contents or all of the new. Its mode and group
// stay. Any other file is truncated and written.
func (f *File) Replace(contents []byte) error {
	old, err := f.stat()
	isNew := errors.Is(err, unix.ENOENT)
	if isNew || err == nil && isReplaceable(old) {
		temporary := fmt.Sprintf(".gorun-%d", os.Getpid())
		if fd, err := f.open(temporary, unix.O_CREAT|unix.O_EXCL); err == nil {
			if isNew || copyOwnership(fd, old) {
				return f.exchange(fd, temporary, contents)
			}
			unix.Close(fd)
			unix.Unlinkat(f.dir, temporary, 0) // at worst it stays
		}
	}
	flags := unix.O_TRUNC | unix.O_NONBLOCK
	if isNew { // else the kernel may refuse another user's file (fs.protected_regular)
		flags |= unix.O_CREAT
	}
	fd, err := f.open(f.name, flags)
	if errors.Is(err, unix.ENXIO) {
		return errors.New("nobody reads the pipe")
	}
	if err != nil {
		return err
	}
	return writeAndClose(fd, contents)
}

// exchange writes a temporary file and renames it to the file.
func (f *File) exchange(fd int, temporary string, contents []byte) error {
	err := writeAndClose(fd, contents)
	if err == nil {
		err = unix.Renameat(f.dir, temporary, f.dir, f.name)
	}
	if err != nil {
		unix.Unlinkat(f.dir, temporary, 0) // at worst it stays
	}
	return err
}

// stat does not follow symbolic links.
func (f *File) stat() (st unix.Stat_t, err error) {
	return st, unix.Fstatat(f.dir, f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
}

// isReplaceable reports whether a new file can take the old one's place: the old one
// belongs to the caller and has no other name.
func isReplaceable(st unix.Stat_t) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink == 1 && int(st.Uid) == os.Geteuid()
}

// copyOwnership gives a new file the mode and the group of the old one. ok is false if
// the caller may not do that.
func copyOwnership(fd int, old unix.Stat_t) (ok bool) {
	return unix.Fchown(fd, -1, int(old.Gid)) == nil && unix.Fchmod(fd, old.Mode&0o777) == nil
}

// open opens a file in the directory for writing. A new file has the mode that the
// umask leaves.
func (f *File) open(name string, flags int) (fd int, err error) {
	return unix.Openat(f.dir, name, flags|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o666)
}

// pipeTimeout is how long a full pipe may hold up a write.
const pipeTimeout = time.Second

func writeAndClose(fd int, contents []byte) error {
	file := os.NewFile(uintptr(fd), "file")
	file.SetWriteDeadline(time.Now().Add(pipeTimeout)) // regular files have none
	_, err := file.Write(contents)
	return errors.Join(err, file.Close())
}
