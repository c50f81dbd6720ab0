package process

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHandledSignalsAreCaughtOrBlocked(t *testing.T) {
	const status = "Name:\tbash\nSigBlk:\t0000000000010000\nSigIgn:\t0000000000384004\nSigCgt:\t000000004b813efb\n" // bash at its prompt ignores TERM
	for sig, want := range map[unix.Signal]bool{unix.SIGHUP: true, unix.SIGINT: true, unix.SIGQUIT: false, unix.SIGTERM: false, unix.SIGCHLD: true, unix.SIGKILL: false} {
		if got := mayHandle([]byte(status), sig); got != want {
			t.Errorf("%v: %t", sig, got)
		}
	}
	if cut := status[:len(status)-2]; !mayHandle([]byte(cut[:strings.Index(cut, "SigCgt")]), unix.SIGTERM) {
		t.Error("a set that is missing")
	}
	if !OpenSignalSets(1 << 30).Handles(unix.SIGTERM) {
		t.Error("a process that is not there")
	}
}
