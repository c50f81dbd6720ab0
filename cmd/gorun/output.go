package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/journal"
	"gorun/internal/supervise"
	"gorun/scope"
)

// output is what COMMAND gets instead of a terminal. Nil changes nothing.
type output struct {
	target *logTarget // nil if only the input changes
	unit   string
	moved  []int // the standard descriptors that are replaced
	file   int   // the log, if it is a file; else -1
}

// newOutput finds out what has to be replaced, and opens the file that it goes to:
// what is wrong with that is known before anything is started.
func newOutput(o *options, unit string, tui *terminal) (*output, error) {
	if !o.nohup && !o.detach {
		return nil, nil
	}
	out := &output{unit: unit, file: -1}
	if isTerminal(0) {
		out.moved = append(out.moved, 0)
	}
	for _, fd := range []int{1, 2} {
		if isTerminal(fd) || o.detach && isCallers(fd) {
			out.moved = append(out.moved, fd)
		}
	}
	if !slices.ContainsFunc(out.moved, func(fd int) bool { return fd > 0 }) {
		if o.logTo != nil {
			tui.warn(o.logTo.typed + ": standard output and standard error are no terminals, and stay where they are")
		}
		return out, nil
	}
	target, err := o.logTarget(unit)
	if err == nil {
		err = target.check()
	}
	out.target = target
	if err == nil {
		err = out.openFile()
	}
	return out, err
}

// isTerminal tells whether a descriptor is a terminal.
func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// isCallers tells whether what is written to a descriptor is for the caller alone. The
// reader of a pipe or socket, as sshd or a shell's $(...), would wait for it to be
// closed, and its end would be COMMAND's. A file without a name, as Debian's cron has for
// a mail, is read once, when the caller ends.
func isCallers(fd int) bool {
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

// openFile opens the log, if it is a file.
func (out *output) openFile() (err error) {
	t := out.target
	if t.kind != logFile && t.kind != logAppend {
		return nil
	}
	if out.file, err = openLog(t.path); err != nil {
		option := t.typed
		if option == "" {
			option = "--log-to=file:" + t.path // which is the default here
		}
		return &usageError{option: option, reason: reason(err), cause: err}
	}
	t.path, err = filepath.Abs(t.path)
	return err
}

// redirect replaces the descriptors, now that the process is in the scope: COMMAND
// inherits them. gorun's own words still go where they went.
func (out *output) redirect(s *scope.Scope, tui *terminal) error {
	if out == nil || len(out.moved) == 0 {
		return nil
	}
	if out.moved[0] == 0 {
		if err := supervise.Replace(0, os.DevNull, unix.O_RDONLY); err != nil {
			return err
		}
	}
	if out.target == nil {
		return nil
	}
	fd, err := out.open(s)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if out.target.typed == "" && out.target.path != "" {
		tui.loggingTo(out.target.path)
	}
	if slices.Contains(out.moved, 2) {
		if err := tui.keep(); err != nil {
			return err
		}
	}
	for _, moved := range out.moved {
		if moved == 0 {
			continue
		}
		if err := unix.Dup3(fd, moved, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	return nil
}

// open opens what the output goes to, and leaves word of that for --log.
func (out *output) open(s *scope.Scope) (fd int, err error) {
	remember(out.unit, out.target)
	switch t := out.target; t.kind {
	case logJournal:
		unit := ""
		if s != nil && s.Manager == scope.SystemManager {
			unit = s.Unit
		}
		// By the name the lines are found of which journald does not find the unit.
		return journal.OpenStream(out.unit, unit)
	case logNull:
		return unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	case logFile:
		// Not earlier: another run of that name may have been writing to it.
		if err := unix.Ftruncate(out.file, 0); err != nil {
			return -1, &os.PathError{Op: "empty", Path: t.path, Err: err}
		}
	}
	return unix.FcntlInt(uintptr(out.file), unix.F_DUPFD_CLOEXEC, 3)
}

// place is where the output goes, in the words of --log-to; empty if it stays where it
// was.
func (out *output) place() string {
	switch {
	case out == nil || out.target == nil:
		return ""
	case out.target.path != "":
		return string(out.target.kind) + ":" + out.target.path
	}
	return string(out.target.kind)
}

// errFull tells that the end of the output may be missing.
var errFull = errors.New("the log's file system is full: the end of the output may be missing")

// check looks at the end for whether the log had room. COMMAND writes to it, not gorun:
// nobody but COMMAND knows which write has failed.
func (out *output) check() error {
	if out == nil || out.file < 0 {
		return nil
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(out.file, &st); err != nil {
		return err
	}
	if st.Blocks > 0 && st.Bavail == 0 {
		return errFull
	}
	return nil
}
