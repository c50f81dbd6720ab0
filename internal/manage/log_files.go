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
