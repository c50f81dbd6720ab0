// Package measure runs commands and measures them. It is what the program bench and the
// command that starts it on a test machine have in common.
package measure

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Plan says what to measure.
type Plan struct {
	Rounds   int // each runs every command once
	WarmUp   int // rounds before that, which are not measured
	Commands []Named
}

// Named is a command line.
type Named struct {
	Name string
	Args []string
}

// Sample is one run of a command.
type Sample struct {
	Wall time.Duration // until the launcher had ended
	CPU  time.Duration // of the launcher and what it waited for, user and system
	End  time.Duration // from the command's own last instruction; 0 if it did not print that time
}

// Results has the samples of each command by its name.
type Results map[string][]Sample

// Command runs a command to its end, which must be a success.
func Command(args []string) (Sample, error) {
	file, err := exec.LookPath(args[0])
	if err != nil {
		return Sample{}, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return Sample{}, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return Sample{}, err
	}
	defer r.Close()
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), w.Fd(), 2}}
	begun := time.Now()
	pid, err := syscall.ForkExec(file, args, attr)
	w.Close()
	if err != nil {
		return Sample{}, err
	}
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &usage); err != syscall.EINTR {
			break
		}
	}
	s := Sample{Wall: time.Since(begun), CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
	ended := monotonic()
	if err == nil && status != 0 {
		err = fmt.Errorf("wait status %#x", int(status))
	}
	printed, readErr := io.ReadAll(r)
	if text := strings.TrimSpace(string(printed)); text != "" {
		last, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return s, err
		}
		s.End = ended - time.Duration(last)
	}
	return s, errors.Join(err, readErr)
}

// monotonic is the time of CLOCK_MONOTONIC.
func monotonic() time.Duration {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail: every Linux has this clock
	return time.Duration(now.Nano())
}
