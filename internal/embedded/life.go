package embedded

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
)

// A PID of another PID namespace says nothing here, and containers may share a state directory. So a
// supervisor also holds a lock on a byte of the file of locks (F_OFD_SETLK, fcntl(2)), which the kernel
// ends with the supervisor.

// holdLife says to processes of other PID namespaces that this one supervises the run, as long as it
// lives or until the file is closed. Nil if it cannot: they then look at the cgroup alone.
func (r *record) holdLife(dir *safefile.Dir) *os.File {
	f, err := dir.OpenLock(lockName)
	if err != nil {
		return nil
	}
	if unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, r.life()) != nil {
		f.Close()
		return nil
	}
	return f
}

// beSeen says to processes of other PID namespaces that this one supervises the run.
func (r *Run) beSeen() {
	if dir, err := r.openState(); err == nil {
		r.alive = r.record.holdLife(dir)
		dir.Close()
	}
}

// hasLife reports whether a process of any PID namespace supervises the run.
func (r *record) hasLife(dir *safefile.Dir) bool {
	f, err := dir.OpenLock(lockName)
	if err != nil {
		return false
	}
	defer f.Close()
	lock := r.life()
	return unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, lock) == nil && lock.Type != unix.F_UNLCK
}

// life is the lock of the run: of a byte that no other run locks.
func (r *record) life() *unix.Flock_t {
	id, _ := hex.DecodeString(r.InvocationID) // it is ours, or has no lock
	id = append(id, make([]byte, 8)...)
	return &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: int64(binary.BigEndian.Uint64(id) >> 2), Len: 1}
}

// lives reports whether a run has a supervisor or a process, in any PID namespace.
func (r *record) lives(dir *safefile.Dir) bool {
	if r.isHere() {
		return r.isRunning()
	}
	return r.hasLife(dir) || r.Boot == bootID() && r.Dir != "" && isPopulated(r.group())
}
