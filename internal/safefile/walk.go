package safefile

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links the kernel follows in a path (MAXSYMLINKS in
// include/linux/namei.h).
const maxLinks = 40

// walk follows a path, one directory after the other. It follows no symbolic link that
// another user may have made.
type walk struct {
	dir   int      // the directory it has reached
	names []string // the rest of the path
	links int

	own  bool   // refuse directories whose entries another user can replace
	make uint32 // the mode of missing directories, which are made; 0 makes none
}

// walkTo goes to the directory of a file. The file's name is then the only name left.
func walkTo(path string) (*walk, error) {
	w := &walk{dir: unix.AT_FDCWD}
	return w, w.to(path)
}

// to goes to the directory of a file, or closes the walk.
func (w *walk) to(path string) error {
	err := error(unix.EISDIR)
	if !strings.HasSuffix(path, "/") {
		err = w.toDirectory(path)
	}
	if err != nil {
		w.close()
	}
	return err
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
		}
		if err != nil {
			return err
		}
		if !isLink {
			w.names = w.names[1:]
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
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	dir, err := unix.Openat(w.dir, name, flags, 0)
	if errors.Is(err, unix.ENOENT) && w.make != 0 {
		if err := unix.Mkdirat(w.dir, name, w.make); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		dir, err = unix.Openat(w.dir, name, flags, 0)
	}
	if err != nil {
		return err
	}
	if w.own {
		if err := checkWay(dir); err != nil {
			unix.Close(dir)
			return err
		}
	}
	w.close()
	w.dir = dir
	return nil
}

// follow replaces the next name, a symbolic link, by the link's target.
func (w *walk) follow(target string) error {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if err := checkLink(w.dir, w.names[0]); err != nil {
		return err
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
