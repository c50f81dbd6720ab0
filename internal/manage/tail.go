package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/helper"
	"gorun/internal/text"
)

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
