package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// remember notes where a unit's output goes. A file in the state directory is found
// by its name; for any other file there is a link, for the journal neither.
func remember(unit string, t *Target) {
	dirs := stateDirs()
	if len(dirs) == 0 {
		return
	}
	link := filepath.Join(dirs[0], unit+logSuffix)
	if t.Path == link {
		return
	}
	// Without a writable home directory only [Find] misses the file.
	os.Remove(link)
	if t.Path != "" {
		os.MkdirAll(dirs[0], 0o700)
		os.Symlink(t.Path, link)
	}
}

// fileOf finds the file that a unit's output went to.
func fileOf(unit string) (path string, ok bool) {
	for _, dir := range stateDirs() {
		path := filepath.Join(dir, unit+logSuffix)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
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
	if file, ok := fileOf(unit); ok {
		if len(args) == 0 {
			args = []string{"-n", "+1"}
		}
		return slices.Concat([]string{"tail"}, args, []string{"--", file}), nil
	}
	// Without --quiet journalctl prints each time what it does not show.
	journalctl := append([]string{"journalctl", "--quiet"}, matches(unit, ofSystem)...)
	probe := exec.CommandContext(ctx, journalctl[0], append(journalctl[1:], "--lines=1", "--output=cat")...)
	found, err := probe.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("journalctl: %w", err)
	}
	// journalctl also fails if it finds nothing or may read nothing.
	if len(found) == 0 {
		return nil, &NotFoundError{unit}
	}
	return append(journalctl, args...), nil
}

// matches are the fields by which journalctl(1) finds a unit's entries. The lines of a
// process that ended before journald looked for its unit have the identifier only.
func matches(unit string, ofSystem bool) []string {
	if ofSystem {
		return []string{"_SYSTEMD_UNIT=" + unit, "+", "OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0", "+", "UNIT=" + unit, "_PID=1", "+",
			"SYSLOG_IDENTIFIER=" + unit, "_TRANSPORT=stdout", "_UID=0"}
	}
	own := fmt.Sprintf("_UID=%d", os.Geteuid())
	return []string{"_SYSTEMD_USER_UNIT=" + unit, own, "+", "USER_UNIT=" + unit, own, "+",
		"SYSLOG_IDENTIFIER=" + unit, "_TRANSPORT=stdout", own}
}
