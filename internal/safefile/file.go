package safefile

import (
	"crypto/rand"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// File is a file that will be replaced, in a directory that is held open. The file need
// not exist.
type File struct {
	dir  *Dir
	name string
}

// Find finds the file at a path, and checks that it can be replaced. It writes nothing.
func Find(path string) (*File, error) {
	w, err := walkTo(path)
	if err != nil {
		return nil, err
	}
	f := &File{&Dir{w.dir}, w.names[0]}
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
		return unix.Faccessat(f.dir.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	}
	if err != nil {
		return err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return unix.EISDIR
	case unix.S_IFLNK:
		return errors.New("has become a symbolic link")
	case unix.S_IFSOCK:
		return errors.New("is a socket")
	}
	if err := checkFile(f.dir.fd, st); err != nil {
		return err
	}
	return unix.Faccessat(f.dir.fd, f.name, unix.W_OK, unix.AT_EACCESS)
}

// Begin does away with what the file has, so that nobody takes it for what [File.Replace]
// will write: it writes the contents, or empties the file if there is no room for them.
// A new file is created if it can be. Pipes and devices keep nothing, and get nothing.
func (f *File) Begin(contents []byte) error {
	old, err := f.stat()
	switch {
	case errors.Is(err, unix.ENOENT):
		f.Replace(contents) // if it fails, there is nothing to mistake, and the next Replace says why
		return nil
	case err != nil:
		return err
	}
	if err := f.check(); err != nil || old.Mode&unix.S_IFMT != unix.S_IFREG {
		return err
	}
	if f.Replace(contents) == nil {
		return nil
	}
	return f.overwrite(old, nil)
}

// Replace gives the file new contents. A regular file of the caller's own is replaced
// atomically: readers see all of the old contents or all of the new. Its mode and group
// stay. Any other file is truncated and written.
func (f *File) Replace(contents []byte) error {
	old, err := f.stat()
	switch {
	case errors.Is(err, unix.ENOENT):
		temporary, fd, err := f.dir.createTemporary(0o666)
		if err != nil {
			return err
		}
		return f.dir.exchange(fd, temporary, f.name, contents)
	case err != nil:
		return err
	}
	// Another user may have put a file here since it was found.
	if err := f.check(); err != nil {
		return err
	}
	if isReplaceable(old) {
		if temporary, fd, err := f.dir.createTemporary(0o666); err == nil {
			if copyOwnership(fd, old) {
				return f.dir.exchange(fd, temporary, f.name, contents)
			}
			unix.Close(fd)
			f.dir.Remove(temporary) // at worst it stays
		}
	}
	return f.overwrite(old, contents)
}

// overwrite truncates and writes the file, if it is still of the same type and still not
// another user's.
func (f *File) overwrite(old unix.Stat_t, contents []byte) error {
	fd, err := unix.Openat(f.dir.fd, f.name, unix.O_WRONLY|careful, 0)
	if errors.Is(err, unix.ENXIO) {
		return errors.New("nobody reads the pipe")
	}
	if err != nil {
		return err
	}
	err = checkDescriptor(f.dir.fd, fd, old.Mode&unix.S_IFMT, checkFile)
	if err == nil && old.Mode&unix.S_IFMT == unix.S_IFREG {
		err = unix.Ftruncate(fd, 0)
	}
	if err != nil {
		unix.Close(fd)
		return err
	}
	return writeAndClose(fd, contents)
}

// temporaryName is the name of a file that will be renamed. No other file has it.
func temporaryName() string { return ".gorun-" + rand.Text() }

// createTemporary creates a file in the directory, with the mode that the umask leaves.
func (d *Dir) createTemporary(mode uint32) (name string, fd int, err error) {
	name = temporaryName()
	fd, err = unix.Openat(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|careful, mode)
	return name, fd, err
}

// exchange writes a temporary file and renames it.
func (d *Dir) exchange(fd int, temporary, name string, contents []byte) error {
	err := writeAndClose(fd, contents)
	if err == nil {
		err = unix.Renameat(d.fd, temporary, d.fd, name)
	}
	if err != nil {
		d.Remove(temporary) // at worst it stays
	}
	return err
}

// stat does not follow symbolic links.
func (f *File) stat() (st unix.Stat_t, err error) {
	return st, unix.Fstatat(f.dir.fd, f.name, &st, unix.AT_SYMLINK_NOFOLLOW)
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

// pipeTimeout is how long a full pipe may hold up a write.
const pipeTimeout = time.Second

func writeAndClose(fd int, contents []byte) error {
	file := os.NewFile(uintptr(fd), "file")
	file.SetWriteDeadline(time.Now().Add(pipeTimeout)) // regular files have none
	_, err := file.Write(contents)
	return errors.Join(err, file.Close())
}
