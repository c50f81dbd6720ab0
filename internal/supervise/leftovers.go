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

// Members are the processes among which the leftover ones are: a [cgroup.Group], or a list that
// somebody else makes.
type Members interface{ Processes() ([]int, error) }

// leftovers are the processes in the supervisor's cgroup except itself. It holds a pidfd
// for each one it has handled, so that the PID cannot become another process's.
type leftovers struct {
	group Members
	held  map[int]*leftover
}

// leftover is a process that the command has left behind.
type leftover struct {
	fd        int
	signaled  bool // was sent the stop signals
	otherUser bool // belongs to another user, and refuses signals
}

func newLeftovers(g Members) *leftovers {
	return &leftovers{g, map[int]*leftover{}}
}

// look lists the present leftovers. A list may miss a process that is moving; the next
// one finds it. An empty list is the last.
func (l *leftovers) look() ([]int, error) {
	pids, err := l.group.Processes()
	if errors.Is(err, cgroup.ErrGone) {
		return nil, nil // the supervisor was moved out after all others had left
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(pids, func(pid int) bool { return pid == os.Getpid() }), nil
}

// hold opens a process's pidfd. It returns nil if the process has ended.
func (l *leftovers) hold(pid int) (*leftover, error) {
	if p := l.held[pid]; p != nil {
		return p, nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open a pidfd of process %d: %w", pid, err)
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

// isInside reports whether a held process is in the group or below it. Where the
// machine hides other users' processes, the group still lists them.
func (l *leftovers) isInside(pid int) bool {
	group, isGroup := l.group.(cgroup.Group)
	path, err := cgroup.PathOf(pid)
	if !isGroup || err != nil {
		pids, err := l.look()
		return err == nil && slices.Contains(pids, pid)
	}
	return cgroup.Contains(group.Path, path)
}

// drop closes the pidfds of the processes that have ended.
func (l *leftovers) drop() {
	for pid, p := range l.held {
		if process.HasEnded(p.fd) {
			unix.Close(p.fd)
			delete(l.held, pid)
		}
	}
}

// close closes all pidfds.
func (l *leftovers) close() {
	for _, p := range l.held {
		unix.Close(p.fd)
	}
}

// send sends signals. Another user's process refuses them. A process that has ended
// does not matter.
func (p *leftover) send(list ...unix.Signal) {
	for _, sig := range list {
		// A process accepts CONT from anybody in its session.
		if p.otherUser = errors.Is(unix.PidfdSendSignal(p.fd, sig, nil, 0), unix.EPERM); p.otherUser {
			return
		}
	}
}

// oneEnds returns a channel that is closed when one of the held processes has ended.
// Until then none may be dropped. If none is held, it is closed at once.
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
