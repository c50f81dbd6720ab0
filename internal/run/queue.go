package run

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
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
	dir, name := filepath.Split(file)
	at, err := safefile.MakeDir(dir, 0o755)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	f, err := at.OpenLock(name)
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
