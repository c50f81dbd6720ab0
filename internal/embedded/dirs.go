package embedded

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/safefile"
	"gorun/internal/unitname"
)

// RuntimeDirs lists the directories in which the state directory may be, the best first: that of
// the system for root, the user's, and one of the user's in /tmp. Where the environment differs,
// as between cron and a login shell, another one may be in use.
func RuntimeDirs() []string {
	uid := os.Geteuid()
	var list []string
	if uid == 0 {
		list = append(list, "/run")
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && isOwn(dir) {
		list = append(list, dir)
	}
	if dir := fmt.Sprintf("/run/user/%d", account.OwnUID()); isOwn(dir) {
		list = append(list, dir)
	}
	list = append(list, fmt.Sprintf("/tmp/gorun-%d", uid))
	return slices.Compact(list)
}

// isOwn reports whether a directory exists and is the caller's.
func isOwn(dir string) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) == nil && int(st.Uid) == os.Geteuid()
}

// stateDir is the state directory in a runtime directory.
func stateDir(runtimeDir string) string { return filepath.Join(runtimeDir, "gorun") }

// makeState makes the first state directory that can be made, for the caller alone. The error is
// why the last could not.
func makeState() (dir *safefile.Dir, runtimeDir string, err error) {
	for _, at := range RuntimeDirs() {
		mode := uint32(0o755)
		if at != "/run" {
			mode = 0o700
		}
		if dir, err = safefile.MakeDir(stateDir(at), mode); err != nil {
			continue
		}
		if err = checkUsable(dir); err == nil {
			return dir, at, nil
		}
		dir.Close()
	}
	return nil, "", err
}

// checkUsable says why a directory is no state directory of the caller's: another user could have
// made it before, in /tmp.
func checkUsable(dir *safefile.Dir) error {
	owner, err := dir.Owner()
	if err != nil {
		return err
	}
	if owner != os.Geteuid() {
		return fmt.Errorf("the state directory belongs to UID %d", owner)
	}
	return dir.MayWrite() // the file system may be read-only
}

// openState opens a state directory that exists. Nothing in another user's is believed: records say
// what is to be removed.
func openState(runtimeDir string) (*safefile.Dir, error) {
	dir, err := safefile.OpenDir(stateDir(runtimeDir))
	if err != nil {
		return nil, err
	}
	if owner, err := dir.Owner(); err != nil || owner != os.Geteuid() {
		dir.Close()
		return nil, fs.ErrPermission
	}
	return dir, nil
}

// lockName is the file whose lock is held while records are made and removed.
const lockName = ".embedded.lock"

// lockPatience bounds the wait for the lock, which is held for some milliseconds: its holder may have
// been stopped.
const lockPatience = 10 * time.Second

// locked calls do while no other process makes or removes records.
func locked(dir *safefile.Dir, do func() error) error {
	f, err := dir.OpenLock(lockName)
	if err != nil {
		return err
	}
	if err := lock(f, lockPatience); err != nil {
		return err
	}
	defer f.Close()
	return do()
}

// lock locks a file, and waits for that at most for a time. On failure the file is closed, at the
// latest when the lock is free.
func lock(f *os.File, patience time.Duration) error {
	if err := flock(f, unix.LOCK_NB); err != unix.EWOULDBLOCK {
		if err != nil {
			f.Close()
		}
		return os.NewSyscallError("flock", err)
	}
	done := make(chan error)
	late := time.NewTimer(patience)
	defer late.Stop()
	over := make(chan struct{})
	go func() {
		err := flock(f, 0)
		select {
		case done <- err:
		case <-over:
			f.Close()
		}
	}()
	select {
	case err := <-done:
		if err != nil {
			f.Close()
		}
		return os.NewSyscallError("flock", err)
	case <-late.C:
		close(over)
		return fmt.Errorf("lock %s: another process has held the lock for %s", f.Name(), patience)
	}
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|how); err != unix.EINTR {
			return err
		}
	}
}

// recordSuffix ends the names of the files with records.
const recordSuffix = ".run"

// recordName is the file of a unit's record.
func recordName(unit string) string { return unitname.File(unit, recordSuffix) }

// maxRecord is the most that is read of a record. A description has at most some hundred bytes, and
// each process that is left out some dozen.
const maxRecord = 1 << 20

// readRecord reads a record. The error is [io/fs.ErrNotExist] if there is none.
func readRecord(dir *safefile.Dir, name string) (*record, error) {
	data, err := dir.ReadFile(name, maxRecord)
	if err != nil {
		return nil, err
	}
	r, err := decode(data)
	if err == nil {
		err = r.check()
	}
	return r, err
}

// recordNames lists the files with records.
func recordNames(dir *safefile.Dir) []string {
	names, _ := dir.Names() // what cannot be read is not found
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, recordSuffix) })
}
