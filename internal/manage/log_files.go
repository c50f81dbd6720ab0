package manage

import (
	"errors"
	"os"
	"time"

	"gorun/internal/output"
	"gorun/internal/report"
	"gorun/internal/state"
	"gorun/internal/text"
)

// logFile is a file with output.
type logFile struct {
	path  string
	began time.Time // the run; zero if that is not known
	file  *os.File
	err   error // why it could not be opened; nil if it could
}

// fileOf is the file with a run's output, by its record, or by the note that was made when it
// began. Empty if there is none. past is nil if no run is known.
func fileOf(past *report.Past, note *state.Note) string {
	switch {
	case note != nil && (past == nil || note.InvocationID == past.InvocationID) && note.Output != "":
		return note.Output
	case past != nil:
		return output.FilePath(past.Log)
	}
	return ""
}

// withoutScope is the run that a note is about, if that run has no scope and is newer than
// another, which may be nil. Such a run leaves nothing but its note. Nil if there is none.
func withoutScope(note *state.Note, other *report.Past) *report.Past {
	if note == nil || note.InvocationID != "" || note.Output == "" || other != nil && note.At.Before(other.Latest) {
		return nil
	}
	return &report.Past{Began: note.At.Wall, Latest: note.At, Log: output.Place(note.Output)}
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
