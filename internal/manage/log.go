package manage

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/journal"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/scope"
)

// NoLogError means that a unit has no output that the caller can read.
type NoLogError struct{ Unit string }

func (e *NoLogError) Error() string {
	return e.Unit + ": no output, neither in a file nor in the part of the journal that you can read"
}

// Log is the output of a run.
type Log struct {
	Unit    string
	Manager scope.Manager
	AllRuns bool // of that name; otherwise the newest
	Raw     bool // control characters are not escaped

	file  *os.File  // nil if it is in the journal
	since time.Time // when the newest run began; zero if that is not known, and for all runs
}

// Find finds out where the output is. The error is an [*output.GoneError] or from the
// system.
func (l *Log) Find(ctx context.Context) (err error) {
	past, unread := report.Find(ctx, l.Manager, l.Unit)
	if past != nil && !l.AllRuns {
		l.since = past.Began
	}
	// A file that was made before is an earlier run's. Without a record, any file will do.
	if l.file, err = output.FileOf(l.Unit, l.since); err != nil || l.file != nil {
		return err
	}
	if unread != nil || past == nil {
		return unread
	}
	if path := output.FilePath(past.Log); path != "" {
		return &output.GoneError{Unit: l.Unit, Path: path}
	}
	return nil
}

// Print prints the output. The error is a [*NoLogError] if there is none.
func (l *Log) Print(ctx context.Context, out io.Writer) error {
	p := &logPrinter{out: out, raw: l.Raw, parts: map[string]string{}}
	if l.file != nil {
		defer l.file.Close()
		return p.copy(l.file)
	}
	if err := journal.Read(ctx, l.since, p.entry, l.matches()...); err != nil {
		return err
	}
	p.flush()
	if p.err == nil && p.entries == 0 {
		return &NoLogError{l.Unit}
	}
	return p.err
}

func (l *Log) matches() []string { return output.Matches(l.Unit, !l.Manager.OfUser()) }

// Command is the command line that shows the output with further arguments: of tail(1) if
// it is in a file, else of journalctl(1). The error is a [*NoLogError] if there is none.
func (l *Log) Command(ctx context.Context, args []string) ([]string, error) {
	if l.file != nil {
		path, err := inherited(l.file)
		return slices.Concat([]string{"tail"}, args, []string{"--", path}), err
	}
	if found, err := journal.Find(ctx, 1, l.matches()...); err != nil || len(found) == 0 {
		return nil, cmp.Or[error](err, &NoLogError{l.Unit})
	}
	command := []string{"journalctl", "--quiet"} // else it prints each time what it does not show
	if !l.since.IsZero() {
		command = append(command, journal.Since(l.since))
	}
	return slices.Concat(command, l.matches(), args), nil
}

// inherited makes the program that this process becomes inherit a file, and returns the
// path for it.
func inherited(file *os.File) (path string, err error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 3)
	file.Close()
	return fmt.Sprintf("/dev/fd/%d", fd), os.NewSyscallError("fcntl", err)
}
