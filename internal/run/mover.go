package run

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
)

// tmux since 3.4 and terminal emulators with VTE ask the user's manager to move each process
// that they start for a terminal into a scope of its own: tmux-spawn-*.scope,
// vte-spawn-*.scope. tmux asks between fork and exec and does not wait for the move. VTE asks
// after the exec. The manager does what it was asked by two programs at once in an order of
// its own: run first, it would take gorun out of the scope that gorun has just entered.

const (
	// movePatience is how long gorun waits for its parent's move. On an idle machine it
	// takes some milliseconds. What comes later is put right, see stay.go.
	movePatience = 200 * time.Millisecond
	// execPatience is used instead with --exec, after which nobody can put it right.
	execPatience = time.Second
)

// patience is how long this run waits for the move.
func (c *Config) patience() time.Duration {
	if c.Exec {
		return execPatience
	}
	return movePatience
}

// awaitMove waits until the process that started this one has had it moved, if it is known
// to do that. A move that does not come has no consequence.
func awaitMove(patience time.Duration) {
	parent := os.Getppid()
	if !isMover(parent) {
		return
	}
	for begun, pause := time.Now(), time.Millisecond; time.Since(begun) < patience && isWith(parent); pause *= 2 {
		time.Sleep(min(pause, patience/4)) // no event tells of a process's move
	}
}

// isMover reports whether a parent is about to have this process moved. Only the leader of a
// terminal's session is moved.
func isMover(parent int) bool {
	if session, err := unix.Getsid(0); err != nil || session != os.Getpid() || !isWith(parent) {
		return false
	}
	p, err := process.Read(parent)
	return err == nil && movesChildren(p.Name, process.ReadLibraries(parent), os.Getenv)
}

// isWith reports whether this process is in the cgroup of its parent.
func isWith(parent int) bool {
	own, err := cgroup.PathOf(0)
	theirs, err2 := cgroup.PathOf(parent)
	return err == nil && err2 == nil && own == theirs
}

// movesChildren reports whether a program has its children moved, by its name, its
// libraries and the environment of the children. tmux and VTE do that if they are built with
// libsystemd.
func movesChildren(name string, libraries process.Libraries, getenv func(string) string) bool {
	switch {
	case !libraries.Has("libsystemd.so"):
		return false
	case name == "tmux: server":
		return getenv("TERM_PROGRAM") != "tmux" || tmuxMoves(getenv("TERM_PROGRAM_VERSION"))
	}
	return libraries.Has("libvte-")
}

// tmuxMoves reports whether a version of tmux has its panes moved: 3.4 and later. A version
// that is not a number is a newer one.
//
//	3.3a
//	next-3.6
func tmuxMoves(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(version, "next-"), "%d.%d", &major, &minor); n < 2 {
		return true
	}
	return major > 3 || major == 3 && minor >= 4
}
