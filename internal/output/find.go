package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gorun/internal/account"
	"gorun/internal/journal"
	"gorun/internal/safefile"
	"gorun/internal/state"
)

// remember notes where a unit's output goes. A file in the state directory is found
// by its name; for any other file there is a link, for the journal neither.
func remember(unit string, t *Target) {
	dirs := state.Dirs()
	if len(dirs) == 0 || t.Path == filepath.Join(dirs[0], logFile(unit)) {
		return
	}
	// Without a writable home directory only [FileOf] misses the file.
	if t.Path == "" {
		if dir, err := safefile.OpenDir(dirs[0]); err == nil {
			dir.Remove(logFile(unit))
			dir.Close()
		}
		return
	}
	if dir, err := safefile.MakeDir(dirs[0], 0o700); err == nil {
		dir.Link(logFile(unit), t.Path)
		dir.Close()
	}
}

// removeOldLink removes the link of an earlier run of the unit if it is where this run's file
// will be. Otherwise this run would write to the earlier one's file.
func removeOldLink(unit, path string) {
	dirs := state.Dirs()
	if len(dirs) == 0 || path != filepath.Join(dirs[0], logFile(unit)) {
		return
	}
	if st, err := os.Lstat(path); err != nil || st.Mode()&fs.ModeSymlink == 0 {
		return
	}
	if dir, err := safefile.OpenDir(dirs[0]); err == nil {
		dir.Remove(logFile(unit)) // on failure the file is the earlier run's
		dir.Close()
	}
}

// GoneError means that a unit's output was in a file that is not there any more.
type GoneError struct{ Unit, Path string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s: its output went to %s, which is gone", e.Unit, e.Path)
}

// FileOf opens the file that the output of a unit's newest run went to, if that run began
// after a time. By now another user may have put anything in its place, which is an error. It
// is nil if there is no such file. The error is a [*GoneError] if there was one.
func FileOf(unit string, since time.Time) (*os.File, error) {
	path := newestNote(unit, since)
	if path == "" {
		return nil, nil
	}
	f, err := safefile.OpenRead(path)
	if errors.Is(err, fs.ErrNotExist) {
		if target, err := os.Readlink(path); err == nil {
			return nil, &GoneError{unit, target}
		}
		return nil, nil
	}
	return f, err
}

// tick is how much older than its moment the time of a file may be, with the slowest clock
// of a kernel (CONFIG_HZ=100).
const tick = 10 * time.Millisecond

// newestNote is the newest file or link that [remember] or a run has made for a unit since a
// time. Empty if there is none.
func newestNote(unit string, since time.Time) (newest string) {
	when := since.Add(-tick)
	for _, dir := range state.Dirs() {
		path := filepath.Join(dir, logFile(unit))
		if st, err := os.Lstat(path); err == nil && st.ModTime().After(when) {
			newest, when = path, st.ModTime()
		}
	}
	return newest
}

// Matches are the arguments of journalctl(1) for the entries of a unit. ofSystem says
// whether the unit is the system manager's. The lines of a process that ended before
// journald looked for its unit have the identifier only.
func Matches(unit string, ofSystem bool) []string {
	if ofSystem {
		return []string{"_SYSTEMD_UNIT=" + unit, "+", "OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0", "+", "UNIT=" + unit, "_PID=1", "+",
			"SYSLOG_IDENTIFIER=" + journal.Identifier(unit), "_TRANSPORT=stdout", "_UID=0"}
	}
	own := fmt.Sprintf("_UID=%d", account.OwnUID())
	return []string{"_SYSTEMD_USER_UNIT=" + unit, own, "+", "USER_UNIT=" + unit, own, "+",
		"SYSLOG_IDENTIFIER=" + journal.Identifier(unit), "_TRANSPORT=stdout", own}
}
