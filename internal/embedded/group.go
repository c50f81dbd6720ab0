package embedded

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
)

// group is a run's cgroup. The zero group is that of a run without one.
//
// A path may be a later run's group. In the supervisor it is not, because the run has its name
// until then. Other processes hold the directory from before they have read the run's record for the
// last time.
type group struct {
	at   cgroup.Group
	held *os.File // the directory; nil in the supervisor
	gone bool     // it did not exist when it was to be held
}

// hold opens the directory of another process's run.
func hold(at cgroup.Group) (group, error) {
	g := group{at: at}
	if !g.isMade() {
		return g, nil
	}
	fd, err := unix.Open(at.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		g.gone = true
		return g, nil
	}
	if err != nil {
		return g, &os.PathError{Op: "open", Path: at.Dir, Err: err}
	}
	g.held = os.NewFile(uintptr(fd), at.Dir)
	return g, nil
}

// isMade reports whether the run has a group, or had one.
func (g *group) isMade() bool { return g.at.Dir != "" }

// do calls do with the group. The error is [cgroup.ErrGone] if it has been removed, also if there is
// another group of that path.
func (g *group) do(do func(cgroup.Group) error) error {
	if g.held == nil && !g.gone {
		return do(g.at)
	}
	if !g.isThere() {
		return cgroup.ErrGone
	}
	defer runtime.KeepAlive(g.held)
	err := do(cgroup.Group{Dir: fmt.Sprintf("/proc/self/fd/%d", g.held.Fd()), Path: g.at.Path})
	if err != nil && !g.isThere() {
		return cgroup.ErrGone
	}
	return err
}

// isThere reports whether the group that is held is the one of its path.
func (g *group) isThere() bool {
	if g.gone {
		return false
	}
	var held, named unix.Stat_t
	if unix.Fstat(int(g.held.Fd()), &held) != nil {
		return false
	}
	err := unix.Stat(g.at.Dir, &named)
	return err == nil && held.Dev == named.Dev && held.Ino == named.Ino
}

// unlessGone calls do with the group, if there is one.
func (g *group) unlessGone(do func(cgroup.Group) error) error {
	err := g.do(do)
	if errors.Is(err, cgroup.ErrGone) {
		return nil
	}
	return err
}

// isPopulated reports whether a group has a process, or may have one: only if it is gone it has none
// for certain.
func isPopulated(g cgroup.Group) bool {
	events, err := g.Events()
	if err != nil {
		return !errors.Is(err, cgroup.ErrGone)
	}
	return events != nil && events.Populated
}
