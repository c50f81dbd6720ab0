package supervise

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
)

// leftovers are the processes in the supervisor's cgroup but for itself, with a pidfd
// for each that was looked at: a PID that is held so cannot become another process.
type leftovers struct {
	group cgroup.Group
	held  map[int]*leftover
}

// leftover is a process that the command has left behind.
type leftover struct {
	fd    int
	told  bool // was sent the stop signals
	alien bool // refuses signals: another user's
}

func newLeftovers(g cgroup.Group) *leftovers {
	return &leftovers{g, map[int]*leftover{}}
}

// look lists the processes that there are now. A process that a list misses while it
// moves is found by the next one; none follows the one that is empty.
func (l *leftovers) look() ([]int, error) {
	pids, err := l.group.Processes()
	if errors.Is(err, cgroup.ErrGone) {
		return nil, nil // the supervisor was moved out, after all others
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(pids, func(pid int) bool { return pid == os.Getpid() }), nil
}

// hold gets hold of a process. It is nil if that has ended.
func (l *leftovers) hold(pid int) (*leftover, error) {
	if p := l.held[pid]; p != nil {
		return p, nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get hold of process %d: %w", pid, err)
	}
	// By now the PID may be another process's.
	if !l.isInside(pid) {
		unix.Close(fd)
		return nil, nil
	}
	p := &leftover{fd: fd}
	l.held[pid] = p
	return p, nil
}

// isInside tells whether a process that is held is in the group or below it. Where the
// machine hides other users' processes, the group still lists them.
func (l *leftovers) isInside(pid int) bool {
	path, err := cgroup.PathOf(pid)
	if err != nil {
		pids, err := l.look()
		return err == nil && slices.Contains(pids, pid)
	}
	return cgroup.Contains(l.group.Path, path)
}

// drop lets go of the processes that have ended.
func (l *leftovers) drop() {
	for pid, p := range l.held {
		if process.HasEnded(p.fd) {
			unix.Close(p.fd)
			delete(l.held, pid)
		}
	}
}

// close lets go of all.
func (l *leftovers) close() {
	for _, p := range l.held {
		unix.Close(p.fd)
	}
}

// send sends signals. A process of another user's refuses them; one that has ended
// does not matter.
func (p *leftover) send(list ...unix.Signal) {
	for _, sig := range list {
		// CONT would be taken from anybody in the session.
		if p.alien = errors.Is(unix.PidfdSendSignal(p.fd, sig, nil, 0), unix.EPERM); p.alien {
			return
		}
	}
}

// oneEnds returns a channel that is closed when one of the processes that are held has
// ended. Until then none may be dropped. Without any it is closed at once.
func (l *leftovers) oneEnds() <-chan struct{} {
	ended := make(chan struct{})
	var pidfds []int
	for _, p := range l.held {
		pidfds = append(pidfds, p.fd)
	}
	if len(pidfds) == 0 {
		close(ended)
		return ended
	}
	go func() {
		defer close(ended)
		process.AwaitEnd(pidfds)
	}()
	return ended
}
