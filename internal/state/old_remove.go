package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
)

// Reasons to keep an old file that another process uses.
var (
	ErrUsed     = errors.New("a process uses it")
	errChanged  = errors.New("it has just changed")
	errNoLeases = errors.New("its file system does not say whether a process writes to it")
)

// IsKept reports whether an error is a reason to keep a file, and no failure.
func IsKept(err error) bool {
	return errors.Is(err, ErrUsed) || errors.Is(err, errChanged) || errors.Is(err, errNoLeases)
}

// Check says why the file cannot be removed now. loaded lists the units that are loaded.
func (f OldFile) Check(loaded func() ([]string, error)) error {
	dir, err := safefile.OpenDir(f.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if f.isLock() {
		return f.withLock(dir, func() error { return nil })
	}
	return f.check(dir, f.Name, loaded)
}

// Remove removes the file. It first gives the file another name, so that nobody can begin to use
// it, and then looks whether it is used. One that is used gets its name back.
func (f OldFile) Remove(loaded func() ([]string, error)) error {
	dir, err := safefile.OpenDir(f.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if f.isLock() {
		return f.withLock(dir, func() error { return dir.Remove(f.Name) })
	}
	aside := removingPrefix + rand.Text()
	switch err := dir.Rename(f.Name, aside); {
	case errors.Is(err, unix.ENOENT):
		return nil // somebody else has removed it
	case err != nil:
		return err
	}
	if err := f.check(dir, aside, loaded); err != nil {
		if back := dir.Rename(aside, f.Name); back != nil {
			return fmt.Errorf("%w; its name is %s now: %w", err, aside, back)
		}
		return err
	}
	return dir.Remove(aside)
}

// check looks whether the file, which has a name now, is as it was listed and is not used.
func (f OldFile) check(dir *safefile.Dir, name string, loaded func() ([]string, error)) error {
	if f.target != "" {
		if target, err := dir.ReadLink(name); err != nil || target != f.target {
			return errors.Join(errChanged, err)
		}
	} else if err := f.checkOpen(dir, name); err != nil {
		return err
	}
	units, err := loaded()
	if err != nil {
		return err
	}
	if !slices.Contains(withoutUsed([]string{f.Name}, units), f.Name) {
		return ErrUsed
	}
	return nil
}

// checkOpen looks whether a process writes to the file. The kernel gives a lease for reading only
// if nobody has the file open for writing (fcntl(2)), whoever it is.
func (f OldFile) checkOpen(dir *safefile.Dir, name string) error {
	opened, err := dir.OpenRead(name)
	if err != nil {
		return err
	}
	defer opened.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(opened.Fd()), &st); err != nil {
		return err
	}
	if st.Mtim != f.changed {
		return errChanged
	}
	switch _, err := unix.FcntlInt(opened.Fd(), unix.F_SETLEASE, unix.F_RDLCK); {
	case errors.Is(err, unix.EAGAIN):
		return ErrUsed
	case err != nil:
		return errNoLeases
	}
	_, err = unix.FcntlInt(opened.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	return err
}

func (f OldFile) isLock() bool { return strings.HasSuffix(f.Name, ".lock") }

// withLock does something while it holds the file's lock. Who waits for the lock then sees that
// the file has no name any more.
func (f OldFile) withLock(dir *safefile.Dir, do func() error) error {
	lock, err := dir.OpenRead(f.Name)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return err
	}
	defer lock.Close() // and with it the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil || !dir.IsNamed(int(lock.Fd()), f.Name) {
		return ErrUsed
	}
	return do()
}
