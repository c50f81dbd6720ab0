package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// owner is whose a file is.
func owner(file string) (uid int, ok bool) {
	var st unix.Stat_t
	err := unix.Stat(file, &st)
	return int(st.Uid), err == nil
}

// canRead tells whether the caller may read a file, by mode, groups and ACLs.
func canRead(file string) bool {
	return unix.Faccessat(unix.AT_FDCWD, file, unix.R_OK, unix.AT_EACCESS) == nil
}

// errPublicLink tells of a symbolic link that may be anybody's.
var errPublicLink = errors.New("a symbolic link on the way is in a folder where anybody can make one")

// maxLinks is how many symbolic links the kernel follows, too.
const maxLinks = 40

// openLog opens a file to append to, close-on-exec, which is made if there is none.
// Where anybody can make files, links are not followed and others' files not taken,
// whatever fs.protected_symlinks says.
func openLog(path string) (fd int, err error) {
	w, err := walkTo(path)
	if err != nil {
		return -1, err
	}
	defer w.close()
	return w.open()
}

// walk goes along a path, one folder after the other.
type walk struct {
	dir   int      // where it is
	names []string // what is to come
	links int
}

// walkTo goes to the folder of a file, whose name is then the only one to come.
func walkTo(path string) (*walk, error) {
	if strings.HasSuffix(path, "/") {
		return nil, unix.EISDIR
	}
	w := &walk{dir: unix.AT_FDCWD}
	if err := w.to(path); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *walk) close() {
	if w.dir >= 0 {
		unix.Close(w.dir)
	}
}

// to goes to the folder of the file.
func (w *walk) to(path string) error {
	if err := w.turn(path); err != nil {
		return err
	}
	for {
		target, isLink, err := readLink(w.dir, w.names[0])
		switch {
		case err != nil:
			return err
		case isLink:
			err = w.follow(target)
		case len(w.names) == 1:
			return nil
		default:
			err = w.enter(w.names[0])
			w.names = w.names[1:]
		}
		if err != nil {
			return err
		}
	}
}

// turn has a path to come before all else.
func (w *walk) turn(path string) error {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	w.names = append(names, w.names...)
	switch {
	case len(w.names) == 0:
		return unix.EISDIR // the root
	case strings.HasPrefix(path, "/"):
		return w.enter("/")
	case w.dir == unix.AT_FDCWD:
		return w.enter(".")
	}
	return nil
}

// enter goes to a folder.
func (w *walk) enter(name string) error {
	dir, err := unix.Openat(w.dir, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		w.close()
		w.dir = dir
	}
	return err
}

// follow takes the way of a symbolic link.
func (w *walk) follow(target string) error {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if public, err := isPublic(w.dir); err != nil || public {
		return errors.Join(err, errPublicLink)
	}
	w.names = w.names[1:]
	return w.turn(target)
}

// readLink reads a symbolic link; what is none, or not there, is not.
func readLink(dir int, name string) (target string, isLink bool, err error) {
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, b)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	return string(b[:n]), true, nil
}

// isPublic tells whether anybody can make files in a folder.
func isPublic(dir int) (bool, error) {
	var st unix.Stat_t
	err := unix.Fstat(dir, &st)
	return st.Mode&unix.S_IWOTH != 0, err
}

// open opens the file in the folder. It must not wait for a FIFO's reader, nor make a
// terminal the controlling one.
func (w *walk) open() (fd int, err error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND | unix.O_NOFOLLOW | unix.O_NOCTTY | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, err = unix.Openat(w.dir, w.names[0], flags, 0o600)
	if errors.Is(err, unix.ENXIO) { // a socket, or a FIFO that nobody reads
		err = errNotPlain
	}
	if err != nil {
		return -1, err
	}
	if err := w.check(fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// check refuses what is no plain file, or somebody else's where anybody can make one.
func (w *walk) check(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return errNotPlain
	}
	if err := refuseOthers(w.dir, st); err != nil {
		return err
	}
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_APPEND) // and not O_NONBLOCK
	return err
}

var errNotPlain = errors.New("not a plain file")

// refuseOthers refuses a file of somebody else's in a folder where anybody can make one.
func refuseOthers(dir int, st unix.Stat_t) error {
	public, err := isPublic(dir)
	if err == nil && public && int(st.Uid) != os.Geteuid() {
		err = fmt.Errorf("belongs to UID %d, in a folder where anybody can make files", st.Uid)
	}
	return err
}
