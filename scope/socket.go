package scope

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// awaitSocket waits until something listens on the socket at path, which must not
// be the old one.
func awaitSocket(ctx context.Context, path string, old identity) error {
	for {
		changed, err := watchFor(path)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", path, err)
		}
		if now := identify(path); now != (identity{}) && now != old && listens(path) {
			changed.Close()
			return nil
		}
		err = awaitChange(ctx, changed)
		changed.Close()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", path, err)
		}
	}
}

// listens tells whether a connection to the socket is accepted. It is refused for
// the moment between bind(2) and listen(2).
func listens(path string) bool {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// identity tells a file from a later one of the same name. A new file system may
// use the old one's inode numbers again, and its device number too.
type identity struct {
	device, inode uint64
	changed       unix.Timespec
}

// identify returns a file's identity, zero if there is none.
func identify(path string) identity {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return identity{}
	}
	return identity{st.Dev, st.Ino, st.Ctim}
}

// watchFor returns a file that can be read when something happens in the folder
// of path, or in the nearest one above it that exists.
func watchFor(path string) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, err
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		_, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE|unix.IN_ATTRIB|unix.IN_UNMOUNT)
		if err == nil {
			return os.NewFile(uintptr(fd), "inotify"), nil
		}
		if dir == "/" { // others may not exist yet, or not be ours yet
			unix.Close(fd)
			return nil, fmt.Errorf("watch %s: %w", dir, err)
		}
	}
}

// rewatch bounds how long one folder is watched: that a file system is mounted
// over it, as over /run/user/UID, or that a socket is listened on, inotify does not
// tell.
const rewatch = 100 * time.Millisecond

// awaitChange waits for the next event.
func awaitChange(ctx context.Context, changed *os.File) error {
	changed.SetReadDeadline(time.Now().Add(rewatch)) // inotify can be polled
	stop := context.AfterFunc(ctx, func() { changed.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err := changed.Read(make([]byte, 4096))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}
