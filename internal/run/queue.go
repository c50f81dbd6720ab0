package run

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// queueUp waits for the lock of the runs that wait for the unit. Users other than root
// cannot write to the system's directory. There all runs wait for the end.
func (t *turn) queueUp(runtimeDir string) (isOurs bool, err error) {
	t.lock, err = lockFile(unitFile(runtimeDir, t.Spec.Unit, ".lock"))
	if errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// lockFile waits for a lock. It is released when its process ends.
func lockFile(file string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if err == nil {
			return f, nil
		}
		if err != unix.EINTR {
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: file, Err: err}
		}
	}
}
