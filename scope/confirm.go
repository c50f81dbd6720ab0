package scope

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorun/cgroup"
	"gorun/internal/systemd1"
)

// confirm makes sure that the processes are in the scope, and returns its cgroup.
//
// Of a process that has ended meanwhile nobody can say where it was. A manager does
// not notice that it moved nothing when all of them were zombies, and keeps an empty
// scope as running for ever: that is stopped here.
func (s *Scope) confirm(ctx context.Context, spec Spec, m *members) (group string, err error) {
	if len(m.others) == 0 {
		return placed(spec)
	}
	if group, err = m.placed(spec.Unit); group != "" || err != nil {
		return group, err
	}
	ended := m.ended(spec.Unit) // all of them
	group, err = s.occupied(ctx, m)
	if err != nil {
		return "", errors.Join(ended, err)
	}
	if group != "" {
		return group, nil // by what a process has started there before it ended
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		return "", errors.Join(ended, err)
	}
	return "", ended
}

// placed makes sure that those that live are in the scope, and returns its cgroup;
// empty if none lives.
func (m *members) placed(unit string) (group string, err error) {
	for _, p := range m.others {
		in, err := placedPID(unit, p.pid)
		if p.hasEnded() { // if not, it was the process that had this PID
			continue
		}
		if err != nil {
			return "", err
		}
		group = in
	}
	return group, nil
}

// cleanupTimeout bounds the stop of an empty scope, which takes milliseconds, after
// the caller's time is up.
const cleanupTimeout = 5 * time.Second

// occupied returns the scope's cgroup if there are processes in it.
func (s *Scope) occupied(ctx context.Context, m *members) (path string, err error) {
	conn, err := s.reconnect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := systemd1.Get(ctx, conn, s.Unit, systemd1.Scope, "ControlGroup", &path); err != nil || path == "" {
		return "", err
	}
	group, err := cgroup.At(path)
	if err != nil {
		return "", err
	}
	pids, err := group.Processes()
	switch {
	case errors.Is(err, cgroup.ErrGone) || err == nil && len(pids) == 0:
		return "", nil
	case err != nil:
		return "", err
	}
	return path, m.checkStrangers(s.Unit, pids)
}

// checkStrangers looks for processes that have a PID of ours and are not ours: named
// by PIDs alone, they can be moved in place of one that ended in that moment. They
// are not stopped.
func (m *members) checkStrangers(unit string, pids []int) error {
	for _, p := range m.others {
		if m.byPID && p.hasEnded() && slices.Contains(pids, p.pid) {
			return fmt.Errorf("start %s: another process has the PID %d now, and was moved", unit, p.pid)
		}
	}
	return nil
}

// NoProcessError tells that a process that was to be in the scope has ended, and no
// scope is left. It wraps [os.ErrProcessDone], or what the kernel says of the PID.
type NoProcessError struct {
	Unit  string
	PID   int
	cause error
}

func (e *NoProcessError) Error() string {
	return fmt.Sprintf("start %s: process %d: %v", e.Unit, e.PID, e.cause)
}

func (e *NoProcessError) Unwrap() error { return e.cause }
