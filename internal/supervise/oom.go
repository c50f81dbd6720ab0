package supervise

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/smallfile"
)

// oomScoreFile has the rank of this process for the kernel's OOM killer, from -1000, never, to
// 1000, first (proc_pid_oom_score_adj(5)).
const oomScoreFile = "/proc/self/oom_score_adj"

// setOOMScore gives this process the command's rank, which a forked command inherits: nothing
// can set it between fork and exec, and after that the command may have forked. restore takes
// it back at once. An ordinary user may go back, too, but not below the rank that the system
// gave to the login.
func (c Command) setOOMScore() (restore func(), err error) {
	if c.OOMScore == nil {
		return func() {}, nil
	}
	own, err := ownOOMScore()
	if err == nil {
		err = writeOOMScore(*c.OOMScore)
	}
	if err != nil {
		return nil, &SetupError{fmt.Sprintf("set the OOM score to %d", *c.OOMScore), err, OOMScore}
	}
	return func() { writeOOMScore(own) }, nil // cannot fail: the process had this score
}

// ownOOMScore is the rank of this process.
func ownOOMScore() (int, error) {
	text, err := smallfile.Read(oomScoreFile)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func writeOOMScore(score int) error {
	fd, err := unix.Open(oomScoreFile, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: oomScoreFile, Err: err}
	}
	defer unix.Close(fd)
	_, err = unix.Pwrite(fd, []byte(strconv.Itoa(score)), 0)
	return err
}

// lastChoice is the lowest score of a process that may be killed at all.
const lastChoice = -999

// BeLastChoice makes the kernel's OOM killer take this process after all others of the
// scope, so that it can say what happened. An ordinary user may only go back to the score
// that the system gave to the login. Children that exist keep theirs.
func BeLastChoice() {
	own, err := ownOOMScore()
	if err != nil {
		return
	}
	fd, err := unix.Open(oomScoreFile, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	lowest(lastChoice, own, func(score int) bool {
		_, err := unix.Pwrite(fd, []byte(strconv.Itoa(score)), 0)
		return err == nil
	})
}

// lowest finds the lowest number from least to most that may be set, and sets it. most may
// be set, and so may all numbers between two that may.
func lowest(least, most int, set func(int) bool) int {
	if least >= most || set(least) {
		return min(least, most)
	}
	if !set(most - 1) { // as for most users
		return most
	}
	most--
	for most-least > 1 {
		if middle := least + (most-least)/2; set(middle) {
			most = middle
		} else {
			least = middle
		}
	}
	return most
}
