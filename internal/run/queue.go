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
	for {
		f, err := at.OpenLock(name)
		if err != nil {
			return nil, err
		}
		if err := flock(f); err != nil {
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: file, Err: err}
		}
		if at.IsNamed(int(f.Fd()), name) {
			return f, nil
		}
		f.Close() // gorun --clean has removed it: who comes next locks another file
	}
}

// flock waits for the lock of a file that is open.
func flock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}
