package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"gorun/internal/helper"
	"gorun/internal/journal"
	"gorun/internal/output"
	"gorun/internal/text"
)

// Unopened lists why files cannot be shown, oldest first. none says that all of them cannot: the
// last error is then why the newest run's output cannot be shown.
func (l *Log) Unopened() (why []error, none bool) {
	for _, f := range l.files {
		if f.err != nil {
			why = append(why, f.err)
		}
	}
	return why, len(why) == len(l.files)
}

// IsAlsoInJournal reports whether the journal has output of further runs, which Tail does not
// show.
func (l *Log) IsAlsoInJournal(ctx context.Context) (bool, error) {
	if !l.AllRuns || l.matches == nil {
		return false, nil
	}
	found, err := journal.Find(ctx, 1, output.StreamMatches(l.Manager, l.Unit)...)
	return len(found) > 0, err
}

// Tail prints what tail(1) makes of the files with further arguments, and returns tail's exit
// status. It leaves out the files that cannot be opened. It has no deadline: tail may follow
// the files.
func (l *Log) Tail(args []string, out io.Writer) (status int, err error) {
	tail := helper.New("tail")
	tail.ForPeople, tail.Stderr = true, text.FD(2)
	tail.Add(args...)
	tail.Add("--")
	titled := &titleWriter{out: out, titles: map[string]string{}}
	for _, f := range l.files {
		if f.file != nil {
			defer f.file.Close()
			path := fmt.Sprintf("/dev/fd/%d", 3+len(tail.ExtraFiles))
			tail.Add(path)
			tail.ExtraFiles = append(tail.ExtraFiles, f.file)
			titled.titles[tailHeader(path)] = tailHeader(f.title())
		}
	}
	printed, err := tail.StdoutPipe()
	if err == nil {
		err = tail.Start()
	}
	if err != nil {
		return 0, err
	}
	copied := cmp.Or((&logPrinter{out: titled, raw: l.Raw}).copy(printed), titled.flush())
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
