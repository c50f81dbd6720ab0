package scope

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
)

// A manager sends every client of its private socket the signals about all units: many
// clients at once cost the square of their number. So gorun's processes use the socket one
// after the other. On a machine with two processors 200 launches at once took 31 s of
// processor time all together, and take 9 s one after the other.

// maxUse is how long a process keeps others waiting: its job may wait for other units. An
// idle manager needs some milliseconds, and on a busy machine some tenths of a second.
const maxUse = time.Second

// patience is how long others wait for a process that was stopped while it used the socket.
const patience = 5 * time.Second

// patienceIn leaves time in a context of [bus.WithSilenceLimit].
func patienceIn(ctx context.Context) time.Duration {
	if limit := bus.SilenceLimit(ctx); limit > 0 {
		return min(patience, limit/4)
	}
	return patience
}

// reservation is a lock that keeps others from using a private socket. A nil reservation
// keeps nobody.
type reservation struct {
	file *os.File
	over *time.Timer // ends the reservation after [maxUse]
}

// reserve waits until no other process uses the socket. It returns nil if there is nothing
// to lock or others take too long; the process then goes ahead all the same.
func (e endpoint) reserve(ctx context.Context) *reservation {
	file := e.openLock()
	if file == nil || !lock(ctx, file) {
		return nil
	}
	now := time.Now()
	os.Chtimes(file.Name(), now, now) // if that fails, others wait less
	return &reservation{file, time.AfterFunc(maxUse, func() { file.Close() })}
}

// Close ends the reservation.
func (r *reservation) Close() error {
	if r == nil {
		return nil
	}
	r.over.Stop()
	return r.file.Close()
}

// openLock opens a file that nobody but the manager's user can open, and so lock: one in
// the user's directory, or for PID 1 a file without permissions that it has made for
// InaccessiblePaths= (make_inaccessible_nodes in systemd). It returns nil if there is none.
func (e endpoint) openLock() *os.File {
	file := filepath.Join(e.runtimeDir, "systemd")
	guard := e.runtimeDir // its mode is 0700 (XDG Base Directory Specification)
	if e.runtimeDir == systemRuntimeDir {
		file = filepath.Join(file, "inaccessible/reg")
		guard = file
	}
	info, err := os.Stat(guard)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	return f
}

// isWaiting is set while a goroutine of this process waits for a lock. Only one waits at a
// time, since a wait that was given up keeps a thread until the lock is free.
var isWaiting atomic.Bool

// lock locks a file, or gives up and closes it.
func lock(ctx context.Context, file *os.File) bool {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) && isWaiting.CompareAndSwap(false, true) {
		return awaitLock(ctx, file)
	}
	if err != nil {
		file.Close()
	}
	return err == nil
}

// awaitLock waits until the file is locked, and gives up if one process has the lock for
// too long. Whoever gets the lock sets the file's times, so that the others see the queue
// move.
func awaitLock(ctx context.Context, file *os.File) bool {
	locked, given := make(chan bool), make(chan bool)
	go func() {
		for errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX), unix.EINTR) {
		}
		isWaiting.Store(false)
		select {
		case locked <- true:
		case <-given:
			file.Close()
		}
	}()
	for last := timeOf(file); ; {
		select {
		case <-locked:
			bus.BreakSilence(ctx)
			return true
		case <-ctx.Done():
		case <-time.After(patienceIn(ctx)):
			if now := timeOf(file); now != last {
				last = now
				bus.BreakSilence(ctx)
				continue
			}
		}
		close(given)
		return false
	}
}

// timeOf is when a file's times were set.
func timeOf(file *os.File) unix.Timespec {
	var st unix.Stat_t
	if unix.Fstat(int(file.Fd()), &st) != nil {
		return unix.Timespec{}
	}
	return st.Ctim
}
