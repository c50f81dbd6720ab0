package supervise

import (
	"os"

	"golang.org/x/sys/unix"
)

// Status says how a command ended.
type Status struct {
	Code   int         // exit status; 0 if a signal ended it
	Signal unix.Signal // the signal that killed it; 0 if it exited
	Dumped bool        // with the signal the kernel dumped its memory (core(5))
}

func statusOf(w unix.WaitStatus) Status {
	if w.Signaled() {
		return Status{Signal: w.Signal(), Dumped: w.CoreDump()}
	}
	return Status{Code: w.ExitStatus()}
}

// Shell is the status as a shell shows it in $?.
func (s Status) Shell() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// Exit ends the process as the command ended. The exit status is not enough: bash
// leaves a loop on Ctrl-C only if its child died of SIGINT.
func (s Status) Exit() {
	if s.Signal != 0 {
		// The command's core file is enough.
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // if it fails, there are two
		raise(s.Signal)                              // if it fails, the status below says it
	}
	os.Exit(s.Shell())
}
