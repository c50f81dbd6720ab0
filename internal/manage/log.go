package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/helper"
	"gorun/internal/journal"
	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/text"
	"gorun/scope"
)

// NoLogError means that a unit has no output that the caller can read.
type NoLogError struct {
	Unit string
	Why  string // the launch failed: why; else empty
}

func (e *NoLogError) Error() string {
	if e.Why != "" {
		return e.Unit + ": no output: COMMAND could not be started: " + e.Why
	}
	return e.Unit + ": no output, neither in a file nor in the part of the journal that you can read"
}

// Log is the output of a run.
type Log struct {
	Unit    string
	Manager scope.Manager
	AllRuns bool // of that name; otherwise the newest
	Raw     bool // control characters are not escaped

	files   []*logFile // oldest first; empty if all is in the journal
	inFile  bool       // the newest run's output is in the last of them
	matches []string   // of journalctl(1); nil if the journal is not asked
}

// logFile is a file with output.
type logFile struct {
	path  string
	began time.Time // the run; zero if that is not known
	file  *os.File
	err   error // why it could not be opened; nil if it could
}

// Find finds out where the output is. The error is an [*output.GoneError], a [*NoLogError] or
// from the system.
func (l *Log) Find(ctx context.Context) error {
	note := state.FindNote(l.Manager.String(), l.Unit)
	if l.AllRuns {
		return l.findAll(ctx, note)
	}
	past, unread := report.Find(ctx, l.Manager, l.Unit)
	if past != nil && past.Report != nil && past.Report.Outcome == report.NotStarted {
		return &NoLogError{l.Unit, text.OrEmpty(past.Report.Error)}
	}
	if path := fileOf(past, note); path != "" {
		file, err := output.OpenFile(l.Unit, path)
		l.files, l.inFile = []*logFile{{path: path, file: file}}, true
		return err
	}
	if unread != nil {
		return unread
	}
	return l.findEntries(ctx, past)
}

// fileOf is the file with a run's output, by its record, or by the note that was made when it
// began. Empty if there is none. A run without a scope leaves a note only.
func fileOf(past *report.Past, note *state.Note) string {
	switch {
	case note != nil && (past == nil || note.InvocationID == "" || note.InvocationID == past.InvocationID) && note.Output != "":
		return note.Output
	case past != nil:
		return output.FilePath(past.Log)
	}
	return ""
}

// findAll finds the files of all runs. The same file may have the output of several: it is
// the newest one's.
func (l *Log) findAll(ctx context.Context, note *state.Note) error {
	list, err := report.FindAll(ctx, l.Manager, l.Unit)
	if err != nil {
		return err
	}
	if len(list) == 0 && note != nil {
		list = []*report.Past{{}}
	}
	for i, past := range list {
		path := output.FilePath(past.Log)
		if i == 0 {
			path = fileOf(past, note)
			l.inFile = path != ""
		}
		if path == "" || slices.ContainsFunc(l.files, func(f *logFile) bool { return f.path == path }) {
			continue
		}
		file, err := output.OpenFile(l.Unit, path)
		l.files = append(l.files, &logFile{path, past.Began, file, err}) // an error is shown in its place
	}
	slices.Reverse(l.files)
	l.matches = output.Matches(l.Manager, l.Unit)
	return nil
}

// findEntries finds out which entries of the journal are a run's.
func (l *Log) findEntries(ctx context.Context, past *report.Past) error {
	l.matches = output.Matches(l.Manager, l.Unit)
	if past == nil || past.InvocationID == "" {
		return nil
	}
	stream, err := l.findStream(ctx, past)
	l.matches = output.RunMatches(l.Manager, l.Unit, past.InvocationID, stream)
	return err
}

// findStream finds the ID of the stream to the journal that the newest run opened. journald
// gives it to each line, also if it could not look up the line's unit. Empty if no line has
// come, or if nothing is known of the run's start.
//
// The journal is read from the entry about the start on, and not from a time: the clock can be
// set back.
//
// Limitation: if journald found the unit of no line of the run, lines of the run before that
// journald read late may be taken for its own.
func (l *Log) findStream(ctx context.Context, past *report.Past) (stream string, err error) {
	if past.Cursor == "" {
		return "", nil
	}
	err = journal.Read(ctx, past.Cursor, func(e map[string]string) (more bool) {
		id := e["_SYSTEMD_INVOCATION_ID"]
		if l.Manager.OfUser() && e["_SYSTEMD_USER_UNIT"] == "" {
			id = "" // of the unit of the manager itself
		}
		if id == past.InvocationID || id == "" {
			stream = e["_STREAM_ID"]
		}
		return id != past.InvocationID
	}, output.StreamMatches(l.Manager, l.Unit)...)
	return stream, err
}

// Print prints the output. The error is a [*NoLogError] if there is none.
func (l *Log) Print(ctx context.Context, out io.Writer) error {
	p := &logPrinter{out: out, raw: l.Raw, parts: map[string]string{}}
	if l.matches != nil {
		if err := journal.Read(ctx, "", p.entry, l.matches...); err != nil {
			return err
		}
		p.flush()
	}
	for _, f := range l.files {
		if p.err == nil {
			p.err = l.printFile(p, f)
		}
	}
	if p.err == nil && p.entries == 0 && len(l.files) == 0 {
		return &NoLogError{Unit: l.Unit}
	}
	return p.err
}

// printFile prints a file, and if it is one of several says which.
func (l *Log) printFile(p *logPrinter, f *logFile) error {
	if f.file != nil {
		defer f.file.Close()
	}
	if l.AllRuns {
		p.write("-- " + f.title() + " --")
	}
	if f.err != nil || p.err != nil {
		return p.err
	}
	return p.copy(f.file)
}

// title says what a file is.
func (f *logFile) title() string {
	title := f.path
	if !f.began.IsZero() {
		title += ", output of the run of " + f.began.Local().Format(time.DateTime)
	}
	var gone *output.GoneError
	switch {
	case errors.As(f.err, &gone):
		title += ", which is gone"
	case f.err != nil:
		title += ", which cannot be read: " + f.err.Error()
	}
	return text.Printable(title)
}

// InFile reports whether the newest run's output is in a file, which tail(1) shows.
func (l *Log) InFile() bool { return l.inFile }

// Files lists the files.
func (l *Log) Files() (paths []string) {
	for _, f := range l.files {
		paths = append(paths, f.path)
	}
	return paths
}

// Tail prints what tail(1) makes of the files with further arguments, and returns tail's exit
// status. It has no deadline: tail may follow the files.
func (l *Log) Tail(args []string, out io.Writer) (status int, err error) {
	tail := helper.New("tail")
	tail.ForPeople, tail.Stderr = true, text.FD(2)
	paths := []string{"--"}
	for _, f := range l.files {
		if f.file != nil {
			defer f.file.Close()
			paths = append(paths, fmt.Sprintf("/dev/fd/%d", 3+len(tail.ExtraFiles)))
			tail.ExtraFiles = append(tail.ExtraFiles, f.file)
		}
	}
	tail.Add(slices.Concat(args, paths)...)
	if l.Raw {
		tail.Stdout = out
		return statusOf(tail.Run(context.Background()))
	}
	printed, err := tail.StdoutPipe()
	if err == nil {
		err = tail.Start()
	}
	if err != nil {
		return 0, err
	}
	copied := (&logPrinter{out: out}).copy(printed)
	if copied != nil {
		tail.Signal(unix.SIGKILL)
	}
	status, err = statusOf(tail.Wait())
	return status, cmp.Or(copied, err)
}

// statusOf is the exit status of a helper that ran.
func statusOf(err error) (status int, _ error) {
	var exit *helper.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// Journalctl is the command line of journalctl(1) that shows the output with further
// arguments. The error is a [*NoLogError] if there is none.
func (l *Log) Journalctl(ctx context.Context, args []string) ([]string, error) {
	if found, err := journal.Find(ctx, 1, l.matches...); err != nil || len(found) == 0 {
		return nil, cmp.Or[error](err, &NoLogError{Unit: l.Unit})
	}
	return slices.Concat([]string{"journalctl", "--quiet"}, l.matches, args), nil // else it prints each time what it does not show
}
