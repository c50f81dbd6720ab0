package safefile

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links the kernel follows in a path (MAXSYMLINKS in
// include/linux/namei.h).
const maxLinks = 40

// errPublicLink means that another user may have made a link on the way to the file.
var errPublicLink = errors.New("a symbolic link on the way is in a directory where anybody can create files")

// walk follows a path, one directory after the other.
type walk struct {
	dir   int      // the directory it has reached
	names []string // the rest of the path
	links int
}

// walkTo goes to the directory of a file. The file's name is then the only name left.
func walkTo(path string) (*walk, error) {
	if strings.HasSuffix(path, "/") {
		return nil, unix.EISDIR
	}
	w := &walk{dir: unix.AT_FDCWD}
	if err := w.toDirectory(path); err != nil {
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

// toDirectory goes to the directory of the file at path.
func (w *walk) toDirectory(path string) error {
	if err := w.insert(path); err != nil {
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

// insert puts a path before the rest, and goes to where that path begins.
func (w *walk) insert(path string) error {
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

// enter goes to a directory.
func (w *walk) enter(name string) error {
	dir, err := unix.Openat(w.dir, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		w.close()
		w.dir = dir
	}
	return err
}

// follow replaces the next name, a symbolic link, by the link's target.
func (w *walk) follow(target string) error {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if public, err := isPublic(w.dir); err != nil || public {
		return errors.Join(err, errPublicLink)
	}
	w.names = w.names[1:]
	return w.insert(target)
}

// readLink reads a symbolic link. A file that is missing or of another type is no error.
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
