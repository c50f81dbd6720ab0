package supervise

import (
	"os"

	"golang.org/x/sys/unix"
)

// Status is how a command ended.
type Status struct {
	Code   int         // exit status; 0 if a signal ended it
	Signal unix.Signal // what killed it; 0 if it exited
}

func statusOf(w unix.WaitStatus) Status {
	if w.Signaled() {
		return Status{Signal: w.Signal()}
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

// Exit ends the process as the command ended. Callers look at more than $?: bash
// leaves a loop on Ctrl-C only if what it waited for died of SIGINT.
func (s Status) Exit() {
	if s.Signal != 0 {
		// One core file is enough, the command's.
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // if it fails, there are two
		raise(s.Signal)                              // if it fails, the line below tells
	}
	os.Exit(s.Shell())
}
