package safefile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Dir is a directory that is held open: its path may mean another one meanwhile.
type Dir struct{ fd int }

// OpenDir opens a directory.
func OpenDir(path string) (*Dir, error) {
	return openDir(path, &walk{dir: unix.AT_FDCWD})
}

// MakeDir opens a directory, and first makes what is missing of it with a mode. It
// refuses a place where another user could replace it, such as another user's home.
func MakeDir(path string, mode uint32) (*Dir, error) {
	return openDir(path, &walk{dir: unix.AT_FDCWD, own: true, make: mode})
}

func openDir(path string, w *walk) (*Dir, error) {
	if err := w.to(path + "/."); err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return &Dir{w.dir}, nil
}

// IsOwn reports whether a directory belongs to the caller. If it is missing, it would
// belong to the caller if [MakeDir] made it. The variables of su(1) and sudo(8) may name
// the directories of another user.
func IsOwn(path string) bool {
	w := &walk{dir: unix.AT_FDCWD, own: true}
	defer func() { w.close() }()
	err := w.toDirectory(path + "/.")
	if errors.Is(err, unix.ENOENT) {
		return unix.Faccessat(w.dir, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil
	}
	uid, statErr := (&Dir{w.dir}).Owner()
	return err == nil && statErr == nil && uid == os.Geteuid()
}

// Close closes the directory.
func (d *Dir) Close() { unix.Close(d.fd) }

// Owner returns the UID that owns the directory.
func (d *Dir) Owner() (uid int, err error) {
	var st unix.Stat_t
	err = unix.Fstat(d.fd, &st)
	return int(st.Uid), err
}

// MayWrite says why the caller may not make files in the directory. It is nil if the caller may.
func (d *Dir) MayWrite() error {
	return unix.Faccessat(d.fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
}

// Lock locks the directory as flock(2) does, until unlock is called.
func (d *Dir) Lock(how int) (unlock func(), err error) {
	fd, err := unix.Openat(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(fd, how); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return func() { unix.Close(fd) }, nil
}

// ReadFile reads a regular file that has at most max bytes, and belongs to the
// directory's owner.
func (d *Dir) ReadFile(name string, max int) ([]byte, error) {
	f, err := openRead(d.fd, name, checkOwner)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: name, Err: err}
	}
	defer f.Close()
	data, err := readAtMost(f, max)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// WriteFile gives a file new contents and a mode. Readers see all of the old contents or
// all of the new.
func (d *Dir) WriteFile(name string, contents []byte, mode uint32) error {
	temporary, fd, err := d.createTemporary(mode)
	if err != nil {
		return &os.PathError{Op: "write", Path: name, Err: err}
	}
	if err := d.exchange(fd, temporary, name, contents); err != nil {
		return &os.PathError{Op: "write", Path: name, Err: err}
	}
	return nil
}

// OpenLock opens a file for flock(2). It creates the file with mode 0600 if there is
// none.
func (d *Dir) OpenLock(name string) (*os.File, error) {
	fd, err := unix.Openat(d.fd, name, unix.O_RDWR|unix.O_CREAT|careful, 0o600)
	if err == nil {
		err = checkRegular(d.fd, fd, checkFile)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// NewFile makes a file of a new name, to read and to append to, with mode 0600.
func (d *Dir) NewFile() (name string, f *os.File, err error) {
	name = temporaryName()
	fd, err := unix.Openat(d.fd, name, unix.O_RDWR|unix.O_APPEND|unix.O_CREAT|unix.O_EXCL|careful, 0o600)
	if err != nil {
		return "", nil, &os.PathError{Op: "create", Path: name, Err: err}
	}
	return name, os.NewFile(uintptr(fd), name), nil
}

// Replace gives a file another name, and replaces a file that has it.
func (d *Dir) Replace(from, to string) error {
	return os.NewSyscallError("renameat", unix.Renameat(d.fd, from, d.fd, to))
}

// Link makes a symbolic link, in the place of any file of that name. On failure that file
// stays.
func (d *Dir) Link(name, target string) error {
	temporary := temporaryName()
	if err := unix.Symlinkat(target, d.fd, temporary); err != nil {
		return os.NewSyscallError("symlinkat", err)
	}
	if err := unix.Renameat(d.fd, temporary, d.fd, name); err != nil {
		d.Remove(temporary) // at worst it stays
		return os.NewSyscallError("renameat", err)
	}
	return nil
}

// ReadLink returns what a symbolic link has as its target.
func (d *Dir) ReadLink(name string) (target string, err error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(d.fd, name, buffer)
	if err != nil {
		return "", &os.PathError{Op: "readlink", Path: name, Err: err}
	}
	return string(buffer[:n]), nil
}

// Names lists the files of the directory, in no order.
func (d *Dir) Names() ([]string, error) {
	fd, err := unix.Openat(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: ".", Err: err}
	}
	f := os.NewFile(uintptr(fd), ".")
	defer f.Close()
	return f.Readdirnames(-1)
}

// Remove removes a file. It is no error if there is none.
func (d *Dir) Remove(name string) error {
	_, err := d.Take(name)
	return err
}

// Take removes a file, and reports whether it was there. Of several callers one takes it.
func (d *Dir) Take(name string) (wasThere bool, err error) {
	err = unix.Unlinkat(d.fd, name, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return false, nil
	case err != nil:
		return false, &os.PathError{Op: "remove", Path: name, Err: err}
	}
	return true, nil
}

// Stat looks at a file, and follows no link.
func (d *Dir) Stat(name string) (st unix.Stat_t, err error) {
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return st, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return st, nil
}

// OpenRead opens a regular file of the directory's owner to read from.
func (d *Dir) OpenRead(name string) (*os.File, error) {
	f, err := openRead(d.fd, name, checkOwner)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

// Rename gives a file a name that no other file has.
func (d *Dir) Rename(from, to string) error {
	err := unix.Renameat2(d.fd, from, d.fd, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // not on every file system
		if err = unix.Linkat(d.fd, from, d.fd, to, 0); err == nil {
			err = unix.Unlinkat(d.fd, from, 0)
		}
	}
	return os.NewSyscallError("rename", err)
}

// IsNamed reports whether a name is that of an open file. Somebody may have removed the file
// meanwhile, or put another one in its place.
func (d *Dir) IsNamed(fd int, name string) bool { return isNamed(d.fd, fd, name) }

func isNamed(dir, fd int, name string) bool {
	var opened, named unix.Stat_t
	return unix.Fstat(fd, &opened) == nil && unix.Fstatat(dir, name, &named, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		opened.Dev == named.Dev && opened.Ino == named.Ino
}
