package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/supervise"
	"gorun/scope"
)

// remember leaves word of where a unit's output goes: the file itself, or a link to it,
// is in the state folder; for the journal there is neither.
func remember(unit string, t *logTarget) {
	dirs := stateDirs()
	if len(dirs) == 0 {
		return
	}
	link := filepath.Join(dirs[0], unit+logSuffix)
	if t.path == link {
		return
	}
	// A home that cannot be written to costs --log, not the run.
	os.Remove(link)
	if t.path != "" {
		os.MkdirAll(dirs[0], 0o700)
		os.Symlink(t.path, link)
	}
}

// logFileOf finds the file that a unit's output went to, if it was one.
func logFileOf(unit string) (path string, ok bool) {
	for _, dir := range stateDirs() {
		path := filepath.Join(dir, unit+logSuffix)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// noRunError tells that there has been no such run.
type noRunError struct{ unit string }

func (e *noRunError) Error() string {
	return e.unit + ": no output, in files or in the part of the journal that you can read"
}

// showLog shows what a run has printed, wherever it went. Further arguments are those
// of journalctl(1) or, for a file, of tail(1).
func showLog(ctx context.Context, o *options, _ io.Writer, _ *terminal) (int, error) {
	unit, err := scope.MangleName(o.command[0])
	if err != nil {
		return 0, &usageError{option: "--log " + o.command[0], reason: err.Error()}
	}
	args := o.command[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if file, ok := logFileOf(unit); ok {
		if len(args) == 0 {
			args = []string{"-n", "+1"}
		}
		return 0, become(slices.Concat([]string{"tail"}, args, []string{"--", file}))
	}
	// Quiet, since a user is otherwise told each time what is not shown.
	journalctl := append([]string{"journalctl", "--quiet"}, o.matches(unit)...)
	probe := exec.CommandContext(ctx, journalctl[0], append(journalctl[1:], "--lines=1", "--output=cat")...)
	found, err := probe.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("journalctl: %w", err)
	}
	// It fails as well where it finds nothing or may read nothing.
	if len(found) == 0 {
		return 0, &noRunError{unit}
	}
	return 0, become(append(journalctl, args...))
}

// matches are what journalctl(1) finds a run by: the unit, or for the lines of processes
// that had ended when journald looked for it the identifier.
func (o *options) matches(unit string) []string {
	if !o.isUsers() {
		return []string{"_SYSTEMD_UNIT=" + unit, "+", "OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0", "+", "UNIT=" + unit, "_PID=1", "+",
			"SYSLOG_IDENTIFIER=" + unit, "_TRANSPORT=stdout", "_UID=0"}
	}
	own := fmt.Sprintf("_UID=%d", os.Geteuid())
	return []string{"_SYSTEMD_USER_UNIT=" + unit, own, "+", "USER_UNIT=" + unit, own, "+",
		"SYSLOG_IDENTIFIER=" + unit, "_TRANSPORT=stdout", own}
}

// become replaces this process by another command.
func become(args []string) error {
	file, err := lookUp(args[0])
	if err != nil {
		return err
	}
	err = unix.Exec(file, args, os.Environ())
	return &supervise.StartError{Name: args[0], Err: err}
}
