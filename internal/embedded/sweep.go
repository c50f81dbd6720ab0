package embedded

import (
	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
	"gorun/internal/unitname"
)

// Sweep removes the groups and records of runs that have ended without a supervisor: it was
// killed, or had left before the last process. Of many that begin to sweep one does. It need not
// look at the caller's own run, if that has a name.
func Sweep(own string) {
	for _, at := range RuntimeDirs() {
		dir, err := openState(at)
		if err != nil {
			continue // there is none, or it is another user's
		}
		sweep(dir, own)
		dir.Close()
	}
}

// sweepLock is the file whose lock the one that sweeps holds.
const sweepLock = ".sweep.lock"

func sweep(dir *safefile.Dir, own string) {
	f, err := dir.OpenLock(sweepLock)
	if err != nil {
		return
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return
	}
	for _, name := range recordNames(dir) {
		if name == recordName(own) {
			continue
		}
		if kept, err := readRecord(dir, name); err == nil && kept.isLeft(dir) {
			locked(dir, func() error { return removeLeft(dir, name) })
		}
	}
}

// isLeft reports whether a run has ended, and nobody has removed what it leaves. PIDs of another
// namespace say nothing here; after a boot nothing of the run is there.
func (r *record) isLeft(dir *safefile.Dir) bool {
	if boot := bootID(); r.Boot != boot {
		return r.Boot != "" && boot != "" && !r.hasLife(dir) // a container may show another ID
	}
	return r.isHere() && !r.isRunning()
}

// removeLeft removes what a run has left, if it is still so.
func removeLeft(dir *safefile.Dir, name string) error {
	kept, err := readRecord(dir, name)
	if err != nil || !kept.isLeft(dir) {
		return err
	}
	if kept.Boot == bootID() {
		if err := kept.removeGroup(); err != nil {
			return err
		}
	}
	dir.Remove(unitname.File(kept.Unit, "")) // the note of a run that had a chosen name
	return dir.Remove(name)
}
