package scope

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/process"
)

// ReusedPIDError means that another process was moved into a scope, because it got the PID of one
// that ended in that moment. The kernel moves processes by their PIDs alone. It wraps the reason
// why the process could not be moved back.
type ReusedPIDError struct {
	Unit  string
	PID   int
	cause error
}

func (e *ReusedPIDError) Error() string {
	return fmt.Sprintf("another process has got the PID %d, was moved into %s, and could not be moved back: %v", e.PID, e.Unit, e.cause)
}

func (e *ReusedPIDError) Unwrap() error { return e.cause }

// putBack moves other processes that have the PID of a member out of a scope. The members have
// ended.
func (m *members) putBack(unit, group string) error {
	for _, p := range m.others {
		if err := putBack(unit, group, p.pid); err != nil {
			return err
		}
	}
	return nil
}

// errUnknownOrigin means that nothing says where a process was before.
var errUnknownOrigin = errors.New("where it was before is unknown")

// putBack moves another process, which has the PID of one that has ended, out of a scope. Such a
// process has just been started: it was where its parent is. If its parent is in the scope, so
// was the process.
func putBack(unit, group string, pid int) error {
	now, err := pathOf(pid)
	if err != nil || !cgroup.Contains(group, now) || process.IsExiting(pid) {
		return nil // nobody has the PID, or it is a zombie's, or it was not moved
	}
	origin, err := originOf(pid)
	if err != nil {
		return &ReusedPIDError{unit, pid, err}
	}
	if cgroup.Contains(group, origin) {
		return nil
	}
	to, err := cgroup.At(origin)
	if err == nil {
		err = to.Move(pid)
	}
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return &ReusedPIDError{unit, pid, err}
	}
	return nil
}

// originOf is the cgroup that a process was started in. A service manager starts processes for
// other cgroups.
func originOf(pid int) (string, error) {
	parent, err := process.ParentOf(pid)
	if err != nil {
		return "", err
	}
	group, err := pathOf(parent)
	if err == nil && path.Base(group) == "init.scope" {
		err = errUnknownOrigin
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errUnknownOrigin // the parent has ended
	}
	return group, err
}
