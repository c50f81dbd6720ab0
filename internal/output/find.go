package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
	"gorun/internal/helper"
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
	// Without a writable home directory only [Find] misses the file.
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

// fileOf opens the file that a unit's output went to. By now another user may have put
// anything in its place, which is an error. It is nil if there is no such file.
func fileOf(unit string) (*os.File, error) {
	for _, dir := range state.Dirs() {
		f, err := safefile.OpenRead(filepath.Join(dir, logFile(unit)))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, nil
}

// NotFoundError means that a unit has no output that the caller can read.
type NotFoundError struct{ Unit string }

func (e *NotFoundError) Error() string {
	return e.Unit + ": no output, neither in a file nor in the part of the journal that you can read"
}

// Find returns the command line that shows a unit's output, with the caller's further
// arguments: of tail(1) if the output is in a file, else of journalctl(1). ofSystem says
// whether the unit is the system manager's. The error is a [*NotFoundError] if there is
// no output.
func Find(ctx context.Context, unit string, ofSystem bool, args []string) ([]string, error) {
	file, err := fileOf(unit)
	switch {
	case err != nil:
		return nil, err
	case file != nil:
		if len(args) == 0 {
			args = []string{"-n", "+1"}
		}
		path, err := inherited(file)
		return slices.Concat([]string{"tail"}, args, []string{"--", path}), err
	}
	// Without --quiet journalctl prints each time what it does not show.
	journalctl := append([]string{"journalctl", "--quiet"}, matches(unit, ofSystem)...)
	found, err := helper.Output(ctx, journalctl[0], append(journalctl[1:], "--lines=1", "--output=cat")...)
	var exit *helper.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("journalctl: %w", err)
	}
	// journalctl also fails if it finds nothing or may read nothing.
	if len(found) == 0 {
		return nil, &NotFoundError{unit}
	}
	return append(journalctl, args...), nil
}

// inherited makes the program that this process becomes inherit a file, and returns the
// path for it.
func inherited(file *os.File) (path string, err error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 3)
	file.Close()
	return fmt.Sprintf("/dev/fd/%d", fd), os.NewSyscallError("fcntl", err)
}

// matches are the fields by which journalctl(1) finds a unit's entries. The lines of a
// process that ended before journald looked for its unit have the identifier only.
func matches(unit string, ofSystem bool) []string {
	if ofSystem {
		return []string{"_SYSTEMD_UNIT=" + unit, "+", "OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0", "+", "UNIT=" + unit, "_PID=1", "+",
			"SYSLOG_IDENTIFIER=" + journal.Identifier(unit), "_TRANSPORT=stdout", "_UID=0"}
	}
	own := fmt.Sprintf("_UID=%d", account.OwnUID())
	return []string{"_SYSTEMD_USER_UNIT=" + unit, own, "+", "USER_UNIT=" + unit, own, "+",
		"SYSLOG_IDENTIFIER=" + journal.Identifier(unit), "_TRANSPORT=stdout", own}
}
