package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watcher waits for a file of a group to change, or for the group to be removed.
//
// The kernel reports a change to whoever calls poll(2) on the open file for POLLPRI
// (kernfs_notify). That needs no inotify instance; a user has 128 of them by default.
// The kernel reports a removal only to whoever watches the parent with inotify. A group
// with processes cannot be removed, so the parent is watched only while there are none.
//
// One epoll collects all events, and Go's poller waits for it: no thread, and no
// goroutine but the caller's.
type watcher struct {
	*dir
	epoll   *os.File
	raw     syscall.RawConn
	file    int // the watched file
	events  int // cgroup.events; may be the same file
	inotify int // watches the parent; -1 until it is needed
}

func newWatcher(g Group, name string) (*watcher, error) {
	d, err := g.open()
	if err != nil {
		return nil, err
	}
	w := &watcher{dir: d, file: -1, events: -1, inotify: -1}
	if err := w.open(name); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *watcher) open(name string) (err error) {
	if err := w.openEpoll(); err != nil {
		return err
	}
	if w.file, err = w.openFile(name); err != nil {
		return err
	}
	w.events, err = w.openFile("cgroup.events")
	return err
}

func (w *watcher) close() {
	for _, fd := range []int{w.file, w.events, w.inotify} {
		if fd >= 0 {
			_ = unix.Close(fd) // for reading only: nothing can fail late
		}
	}
	if w.epoll != nil {
		_ = w.epoll.Close() // nothing can fail late
	}
	w.dir.close()
}

func (w *watcher) openEpoll() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		err = unix.SetNonblock(fd, true) // otherwise os.NewFile does not use Go's poller
	}
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	w.epoll = os.NewFile(uintptr(fd), "epoll")
	w.raw, err = w.epoll.SyscallConn()
	return err
}

// openFile opens a file of the group and has the epoll wait for it to change.
func (w *watcher) openFile(name string) (fd int, err error) {
	fd, err = openAt(w.fd, name, unix.O_RDONLY)
	if absent(err) {
		w.absent = true
		if err := w.checkGone(); err != nil {
			return -1, err
		}
		err = errors.ErrUnsupported
	}
	if err != nil {
		return -1, w.failed("watch", name, err)
	}
	if err := w.add(fd, unix.EPOLLPRI); err != nil {
		_ = unix.Close(fd)
		return -1, w.failed("watch", name, err)
	}
	return fd, nil
}

func (w *watcher) add(fd int, events uint32) (err error) {
	controlErr := w.raw.Control(func(epoll uintptr) {
		err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
	})
	return errors.Join(controlErr, err)
}

// read returns the contents of an open file, valid until the next call. A later change
// ends the next wait.
func (w *watcher) read(fd int) ([]byte, error) {
	_, err := unix.Seek(fd, 0, unix.SEEK_SET)
	var data []byte
	if err == nil {
		data, err = w.contents(fd)
	}
	if err == unix.ENODEV {
		return nil, gone(w.path)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "watch", Path: w.path, Err: err}
	}
	return data, nil
}

// wait returns when there may be something new.
func (w *watcher) wait() error {
	if err := w.watchRemoval(); err != nil {
		return err
	}
	var waitErr error
	err := w.raw.Read(func(epoll uintptr) (done bool) {
		var n int
		var events [1]unix.EpollEvent
		n, waitErr = unix.EpollWait(int(epoll), events[:], 0)
		if waitErr == unix.EINTR {
			waitErr = nil
		}
		return n > 0 || waitErr != nil
	})
	return errors.Join(err, waitErr)
}

// interrupt ends a wait from another goroutine.
func (w *watcher) interrupt() {
	_ = w.epoll.SetReadDeadline(time.Unix(1, 0)) // fails only if it is closed
}

// watchRemoval makes the epoll also wait for the group's removal, if it is empty.
func (w *watcher) watchRemoval() error {
	data, err := w.read(w.events)
	if err != nil {
		return err
	}
	events, err := parseEvents(data)
	if err != nil || events.Populated {
		return err
	}
	if err := w.watchParent(); err != nil {
		return err
	}
	w.absent = true // so that checkGone checks
	return w.checkGone()
}

// watchParent adds the watch of the parent on the first call, and later drains its
// events.
func (w *watcher) watchParent() error {
	if w.inotify >= 0 {
		for {
			if n, err := read(w.inotify, w.buf); n <= 0 || err != nil {
				return nil // no more events
			}
		}
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.path, os.NewSyscallError("inotify_init1", err))
	}
	w.inotify = fd
	parent := filepath.Dir(w.path)
	if _, err := unix.InotifyAddWatch(fd, parent, unix.IN_DELETE|unix.IN_ONLYDIR); err != nil {
		return &fs.PathError{Op: "watch", Path: parent, Err: err}
	}
	return w.add(fd, unix.EPOLLIN)
}
