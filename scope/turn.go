package scope

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
)

// A manager sends every client of its private socket the signals about all units: many
// clients at once cost the square of their number. So gorun's processes use the socket in
// turns. On a machine with two processors 200 launches at once took 31 s of processor time
// without turns, and 9 s with them.

// patience is how long a turn may take before others stop to wait for its end. Its process
// may have been stopped. An idle manager needs some milliseconds.
const patience = time.Second

// takeTurn waits until this process may use a private socket, and returns the file to
// close when it has done so. The file is nil if it cannot be had, or if nobody's turn ends
// for a while: then the process does not wait.
func (e endpoint) takeTurn(ctx context.Context) *os.File {
	file, err := os.Open(e.turnFile())
	if err != nil {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 {
		file.Close()
		return nil // others could lock it for long
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return awaitTurn(ctx, file)
	}
	return file // without a lock if the file system has none
}

// turnFile is a file that nobody but the manager's user can open, and so lock: the user's
// directory (XDG Base Directory Specification), or for PID 1 a file without permissions that
// it has made for InaccessiblePaths= (make_inaccessible_nodes in systemd).
func (e endpoint) turnFile() string {
	if e.runtimeDir == systemRuntimeDir {
		return filepath.Join(e.runtimeDir, "systemd/inaccessible/reg")
	}
	return e.runtimeDir
}

// awaitTurn waits until the file can be locked. Whoever gets the lock after a wait sets
// the file's times, so that the others see that turns end.
func awaitTurn(ctx context.Context, file *os.File) *os.File {
	locked := make(chan bool)
	given := make(chan bool)
	go func() {
		for errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX), unix.EINTR) {
		}
		select {
		case locked <- true:
		case <-given:
			file.Close()
		}
	}()
	for last := changedAt(file); ; {
		select {
		case <-locked:
			now := time.Now()
			os.Chtimes(file.Name(), now, now) // if that fails, others wait less
			bus.BreakSilence(ctx)
			return file
		case <-ctx.Done():
		case <-time.After(patience):
			if now := changedAt(file); now != last {
				last = now
				bus.BreakSilence(ctx)
				continue
			}
		}
		close(given)
		return nil
	}
}

// changedAt is when a file's times were set.
func changedAt(file *os.File) unix.Timespec {
	var st unix.Stat_t
	if unix.Fstat(int(file.Fd()), &st) != nil {
		return unix.Timespec{}
	}
	return st.Ctim
}
