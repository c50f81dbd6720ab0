// Package output sends COMMAND's output to a file or the journal where it must not go to
// the terminal, and finds it there later.
package output

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/journal"
	"gorun/internal/safefile"
	"gorun/internal/state"
	"gorun/internal/supervise"
	"gorun/scope"
)

// Output replaces standard descriptors of COMMAND. A nil Output replaces none.
type Output struct {
	unit      string
	manager   scope.Manager
	target    *Target // nil if only the input is replaced
	isDefault bool    // nobody asked for the target
	replaced  []int   // of 0, 1 and 2
	file      int     // the opened file of the target; -1 if there is none
	isShared  bool    // the unit is another run's, whose output stays
}

// Open finds out which descriptors are replaced for a run of a unit: those that are
// terminals, and if the run is detached also those that the caller waits for. It opens
// the target's file. A nil target means the default. The error is a [*TargetError].
func Open(m scope.Manager, unit string, target *Target, detached bool) (*Output, error) {
	out := &Output{unit: unit, manager: m, file: -1}
	if IsTerminal(0) {
		out.replaced = append(out.replaced, 0)
	}
	for _, fd := range []int{1, 2} {
		if IsTerminal(fd) || detached && callerWaitsFor(fd) {
			out.replaced = append(out.replaced, fd)
		}
	}
	if !out.Replaces(1) && !out.Replaces(2) {
		return out, nil
	}
	if target == nil {
		var err error
		if target, err = defaultTarget(m, unit); err != nil {
			return nil, &TargetError{nil, false, err}
		}
		out.isDefault = true
	}
	out.target = target
	if err := out.openTarget(); err != nil {
		return nil, &TargetError{target, !out.isDefault, err}
	}
	return out, nil
}

// openTarget opens the target's file, or checks that a journal listens.
func (out *Output) openTarget() (err error) {
	switch t := out.target; t.Kind {
	case Journal:
		if !journal.Available() {
			return errors.New("no journal is listening")
		}
	case File, Append:
		path, err := filepath.Abs(t.Path)
		if err != nil {
			return err
		}
		if out.file, err = safefile.OpenAppend(t.Path); err != nil {
			return err
		}
		t.Path = path
	}
	return nil
}

// Share says that the run has joined another one, whose unit it is. That run's note stays, and
// so does what is in its file.
func (out *Output) Share() {
	if out != nil {
		out.isShared = true
	}
}

// isOthers reports whether the file is the one of the run that has been joined.
func (out *Output) isOthers() bool {
	if !out.isShared {
		return false
	}
	note := state.FindNote(state.Dirs(), out.manager.String(), out.unit)
	return out.isDefault || note != nil && note.Output == out.target.Path
}

// IsTerminal reports whether a descriptor is a terminal.
func IsTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// callerWaitsFor reports whether output on a descriptor is for the caller alone. The
// reader of a pipe or socket, such as sshd or a shell's $(...), would wait until
// COMMAND ends. A file without a name, such as the mail of Debian's cron, is read once,
// when the caller ends.
func callerWaitsFor(fd int) bool {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFIFO, unix.S_IFSOCK:
		return true
	case unix.S_IFREG:
		return st.Nlink == 0
	}
	return false
}

// Replaces reports whether a standard descriptor is replaced.
func (out *Output) Replaces(fd int) bool { return out != nil && slices.Contains(out.replaced, fd) }

// Redirect replaces the descriptors of this process, which COMMAND inherits. invocationID is
// the run's, empty if it has no scope.
func (out *Output) Redirect(invocationID string) error {
	if out.Replaces(0) {
		if err := supervise.Replace(0, os.DevNull, unix.O_RDONLY); err != nil {
			return err
		}
	}
	if out == nil || out.target == nil {
		return nil
	}
	fd, err := out.openDescriptor(invocationID)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, replaced := range out.replaced {
		if replaced == 0 {
			continue
		}
		if err := unix.Dup3(fd, replaced, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	return nil
}

// openDescriptor opens what the output goes to, and notes the file.
func (out *Output) openDescriptor(invocationID string) (fd int, err error) {
	if out.target.Path != "" && !out.isShared {
		note := state.Note{InvocationID: invocationID, Output: out.target.Path}
		note.Keep(state.Dirs(), out.manager.String(), out.unit) // without a home directory, only --log of a run that has not ended misses the file
	}
	switch out.target.Kind {
	case Journal:
		// journald does not find the unit of each line. The lines are found by the
		// identifier, the unit's name.
		return journal.OpenStream(out.unit, fallbackUnit(out.manager, out.unit))
	case Null:
		return unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	case File:
		if out.isOthers() {
			break
		}
		// Not earlier: another run of that name may have been writing to the file.
		if err := unix.Ftruncate(out.file, 0); err != nil {
			return -1, &os.PathError{Op: "empty", Path: out.target.Path, Err: err}
		}
		if out.isDefault {
			removeErrorFile(out.target.Path)
		}
	}
	return unix.FcntlInt(uintptr(out.file), unix.F_DUPFD_CLOEXEC, 3)
}

// DefaultFile is the file that the output goes to although nobody asked for a file.
// Empty if there is none.
func (out *Output) DefaultFile() string {
	if out == nil || !out.isDefault {
		return ""
	}
	return out.target.Path
}

// Place is where the output goes, as [ParseTarget] reads it. Empty if the output stays
// where the caller sent it.
func (out *Output) Place() string {
	if out == nil || out.target == nil {
		return ""
	}
	return out.target.String()
}

// File is the file that the output goes to. Empty if there is none.
func (out *Output) File() string {
	if out == nil || out.target == nil {
		return ""
	}
	return out.target.Path
}

// isFull reports whether an open file's file system has no room left.
func isFull(fd int) (bool, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return false, err
	}
	return st.Blocks > 0 && st.Bavail == 0, nil
}

// errFull means that writes to the file may have failed.
var errFull = errors.New("the log's file system is full: the end of the output may be missing")

// Check reports after the run why some of the output may be missing. COMMAND itself
// writes to the file, so that only COMMAND knows which write failed.
func (out *Output) Check() error {
	if out == nil || out.file < 0 {
		return nil
	}
	full, err := isFull(out.file)
	if full {
		return errFull
	}
	return err
}
