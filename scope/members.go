package scope

import (
	"errors"
	"os"
	"slices"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/process"
	"gorun/internal/systemd1"
)

// members are the processes that a scope starts with. Processes other than the caller are
// held by pidfds, from before the manager hears of them until it is certain where they
// are. As long as a pidfd shows that its process lives, no other process can have its PID.
type members struct {
	others []member // none means the caller alone
	byPID  bool     // the kernel or the manager does not support pidfds
}

// member is a process, with a pidfd or -1.
type member struct{ pid, pidfd int }

// openMembers finds the processes. The error is a [*NoProcessError] if a PID has no
// process, or if the process has ended.
func openMembers(spec Spec) (*members, error) {
	m := &members{}
	unit := spec.Unit
	if !slices.ContainsFunc(spec.PIDs, isOther) {
		return m, nil
	}
	for _, pid := range spec.PIDs {
		if pid == 0 {
			pid = os.Getpid()
		}
		fd, err := unix.PidfdOpen(pid, 0)
		switch {
		case err == unix.ENOSYS || err == unix.EPERM: // before Linux 5.3, or seccomp(2)
			fd, m.byPID = -1, true
		case err != nil: // ESRCH, for a thread ENOENT or EINVAL, below 0 EINVAL
			m.close()
			return nil, &NoProcessError{Unit: unit, PID: pid, cause: err}
		}
		m.others = append(m.others, member{pid, fd})
		if start, err := process.StartTicks(pid); spec.started != 0 && (err != nil || start != spec.started) {
			m.close()
			return nil, &NoProcessError{Unit: unit, PID: pid, cause: os.ErrProcessDone} // another process has the PID
		}
	}
	if err := m.ended(unit); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// isOther reports whether a PID is not the caller's.
func isOther(pid int) bool { return pid != 0 && pid != os.Getpid() }

func (m *members) close() {
	for _, p := range m.others {
		if p.pidfd >= 0 {
			_ = unix.Close(p.pidfd) // nothing was written that could fail late
		}
	}
	m.others = nil
}

// property names the processes to the manager: by pidfds unless it is known not to
// support them (before systemd 255).
func (m *members) property() systemd1.Property {
	if len(m.others) == 0 {
		// 0 means the process at the other end of the socket, as the kernel names it.
		return systemd1.Set("PIDs", []uint32{0})
	}
	pids, pidfds := make([]uint32, len(m.others)), make([]dbus.UnixFD, len(m.others))
	for i, p := range m.others {
		pids[i], pidfds[i] = uint32(p.pid), dbus.UnixFD(p.pidfd)
	}
	if m.byPID {
		return systemd1.Set("PIDs", pids)
	}
	return systemd1.Set("PIDFDs", pidfds)
}

// check returns a [*NoProcessError] if a call would name the processes by their PIDs, and one of
// them has ended: its PID may be another process's.
func (m *members) check(unit string) error {
	if !m.byPID {
		return nil
	}
	return m.ended(unit)
}

// ended returns a [*NoProcessError] for the first that has ended, if any.
func (m *members) ended(unit string) error {
	for _, p := range m.others {
		if p.hasEnded() {
			return &NoProcessError{Unit: unit, PID: p.pid, cause: os.ErrProcessDone}
		}
	}
	return nil
}

// hasEnded reports whether the process has ended or is about to, so that it cannot be
// moved. A zombie has ended. The pidfd is asked last: if it shows a living process, what
// was read before is of that process.
func (p member) hasEnded() bool {
	if process.IsExiting(p.pid) {
		return true
	}
	if p.pidfd < 0 {
		return unix.Kill(p.pid, 0) == unix.ESRCH
	}
	return process.HasEnded(p.pidfd)
}

// explain replaces an error of the manager if the reason is that a process has ended.
func (m *members) explain(unit string, err error) error {
	var job *JobError
	var refused *ManagerError
	if !errors.As(err, &job) && !(errors.As(err, &refused) && refused.Name == systemd1.UnknownProcess) {
		return err
	}
	if gone := (*NoProcessError)(nil); errors.As(m.ended(unit), &gone) {
		gone.asked = true
		return gone
	}
	return err
}
