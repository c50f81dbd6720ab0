package manage

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"gorun/internal/bus"
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

// Find finds out where the output is. The error is an [*output.GoneError], a [*NoLogError] or
// from the system.
func (l *Log) Find(ctx context.Context) error {
	note := state.FindNote(state.Dirs(), l.Manager.String(), l.Unit)
	if l.AllRuns {
		return l.findAll(ctx, note)
	}
	past, unread := report.Find(ctx, l.Manager, l.Unit)
	if id := l.current(ctx); id != "" && (past == nil || past.InvocationID != id) {
		past, unread = &report.Past{InvocationID: id, Latest: state.Now()}, nil // journald has not got there yet
	}
	if newer := withoutScope(note, past); newer != nil {
		past, unread = newer, nil
	}
	if past != nil && past.Report != nil && past.Report.Outcome == report.NotStarted {
		return &NoLogError{l.Unit, text.OrEmpty(past.Report.Error)}
	}
	if path := fileOf(past, note); path != "" {
		l.inFile = true
		for _, part := range output.Parts(path) {
			file, err := output.OpenFile(l.Unit, part)
			l.files = append(l.files, &logFile{path: part, file: file})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if unread != nil {
		return unread
	}
	return l.findEntries(ctx, past)
}

// findAll finds the files of all runs. The same file may have the output of several: it is
// the newest one's.
func (l *Log) findAll(ctx context.Context, note *state.Note) error {
	list, err := report.FindAll(ctx, l.Manager, l.Unit)
	if err != nil {
		return err
	}
	var newest *report.Past
	if len(list) > 0 {
		newest = list[0]
	}
	if newer := withoutScope(note, newest); newer != nil {
		list = slices.Insert(list, 0, newer)
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
	if l.Manager != scope.Embedded {
		l.matches = output.Matches(l.Manager, l.Unit)
	}
	return nil
}

// findEntries finds out which entries of the journal are a run's.
func (l *Log) findEntries(ctx context.Context, past *report.Past) error {
	if l.Manager == scope.Embedded {
		return nil // there is no journal
	}
	l.matches = output.Matches(l.Manager, l.Unit)
	if past == nil || past.InvocationID == "" {
		return nil
	}
	stream, err := l.findStream(ctx, past)
	l.matches = output.RunMatches(l.Manager, l.Unit, past.InvocationID, stream)
	return err
}

// currentTimeout is how long the manager may be silent. It is for managers that hang: the
// journal says nearly the same.
const currentTimeout = 2 * time.Second

// current is the invocation ID of the run that the manager has, empty if there is none.
func (l *Log) current(ctx context.Context) string {
	ctx, cancel := bus.WithSilenceLimit(ctx, currentTimeout)
	defer cancel()
	s, err := scope.Open(ctx, l.Manager, l.Unit)
	if err != nil {
		return ""
	}
	return s.InvocationID
}

// findStream finds the ID of the stream to the journal that the newest run opened. journald
// gives it to each line, also if it could not look up the line's unit. Empty if there is no
// line of the run.
//
// Limitation: if journald found the unit of no line of the run, lines of the run before that
// journald read late may be taken for its own.
func (l *Log) findStream(ctx context.Context, past *report.Past) (stream string, err error) {
	matches := output.StreamMatches(l.Manager, l.Unit)
	found, err := journal.Find(ctx, 1, append(slices.Clip(matches), "_SYSTEMD_INVOCATION_ID="+past.InvocationID)...)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return found[0]["_STREAM_ID"], nil
	}
	if past.Cursor == "" {
		return "", nil
	}
	// From the entry about the start on, and not from a time: the clock can be set back.
	err = journal.Read(ctx, past.Cursor, func(e map[string]string) (more bool) {
		if !l.hasRun(e) {
			stream = e["_STREAM_ID"]
		}
		return true
	}, matches...)
	return stream, err
}

// hasRun reports whether journald found the run of a line. It does not if the process had
// ended: then the line may have the ID of root's user manager. Nor does it for a unit with a
// long name (see findInvocation in package scope).
//
// Limitation: of a unit with a long name only the stream is found. What a program of the run
// sends to the journal itself is not shown.
func (l *Log) hasRun(e map[string]string) bool {
	return e["_SYSTEMD_INVOCATION_ID"] != "" && (!l.Manager.OfUser() || e["_SYSTEMD_USER_UNIT"] != "")
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

// Journalctl is the command line of journalctl(1) that shows the output with further
// arguments. The error is a [*NoLogError] if there is none.
func (l *Log) Journalctl(ctx context.Context, args []string) ([]string, error) {
	if l.matches == nil {
		return nil, &NoLogError{Unit: l.Unit}
	}
	if found, err := journal.Find(ctx, 1, l.matches...); err != nil || len(found) == 0 {
		return nil, cmp.Or[error](err, &NoLogError{Unit: l.Unit})
	}
	return slices.Concat([]string{"journalctl", "--quiet"}, l.matches, args), nil // else it prints each time what it does not show
}
