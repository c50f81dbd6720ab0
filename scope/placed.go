package scope

import (
	"context"
	"errors"
	"path"
	"time"

	"gorun/cgroup"
	"gorun/internal/systemd1"
)

// cleanupTimeout bounds the stop of an empty scope after the caller's time is up. It
// takes milliseconds.
const cleanupTimeout = 5 * time.Second

// confirm makes sure that the processes are in the scope, and returns its cgroup.
//
// If a process has ended meanwhile, nobody can say where it was. If all of them were
// zombies, the manager moved nothing, does not notice, and keeps an empty scope
// running. Such a scope is stopped here.
func (l *launch) confirm(ctx context.Context) (group string, err error) {
	if len(l.members.others) == 0 {
		return placed(l.spec)
	}
	if group, err = l.members.placed(l.spec.Unit); group != "" || err != nil {
		return group, err
	}
	ended := l.members.ended(l.spec.Unit) // all of them
	group, err = l.occupied(ctx)
	if reused := (*ReusedPIDError)(nil); errors.As(err, &reused) {
		return "", err
	}
	if err != nil {
		return "", errors.Join(ended, err)
	}
	if group != "" {
		return group, nil // occupied by what a process started there before it ended
	}
	return "", errors.Join(ended, l.stopEmpty(ctx))
}

// stopEmpty stops the scope if it is empty. By now another launch may have done that, and
// have the name.
func (l *launch) stopEmpty(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	conn, err := l.scope.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return stopEmpty(ctx, conn, l.spec.Unit)
}

// placed makes sure that the processes are in the scope. A job whose unit has a condition that
// failed is done too, and has moved nothing. It returns the scope's cgroup, as in
// /proc/PID/cgroup.
func placed(spec Spec) (group string, err error) {
	if len(spec.PIDs) == 0 {
		return placedPID(spec.Unit, 0)
	}
	for _, pid := range spec.PIDs {
		if group, err = placedPID(spec.Unit, pid); err != nil {
			return "", err
		}
	}
	return group, nil
}

// placed makes sure that the processes that live are in the scope, and returns its
// cgroup; empty if none lives.
func (m *members) placed(unit string) (group string, err error) {
	for _, p := range m.others {
		in, err := placedPID(unit, p.pid)
		if p.hasEnded() { // else it was the process that had this PID
			continue
		}
		if err != nil {
			return "", err
		}
		group = in
	}
	return group, nil
}

// Entered reports whether this process is in a scope of that name.
func Entered(unit string) bool {
	_, err := placedPID(unit, 0)
	return err == nil
}

// pathOf is replaced by tests, whose managers are not real.
var pathOf = cgroup.PathOf

func placedPID(unit string, pid int) (string, error) {
	group, err := pathOf(pid)
	if err != nil {
		return "", err
	}
	// A unit whose name is also that of a kernel file gets an underscore (cg_escape in
	// cgroup-util.c).
	if base := path.Base(group); base != unit && base != "_"+unit {
		return "", &NotPlacedError{Unit: unit, PID: pid, Cgroup: group}
	}
	return group, nil
}

// occupied returns the scope's cgroup if there are processes in it.
func (l *launch) occupied(ctx context.Context) (path string, err error) {
	conn, err := l.scope.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := systemd1.Get(ctx, conn, l.spec.Unit, systemd1.Scope, "ControlGroup", &path); err != nil || path == "" {
		return "", err
	}
	group, err := cgroup.At(path)
	if err != nil {
		return "", err
	}
	if err := l.members.putBack(l.spec.Unit, path); err != nil {
		return "", err
	}
	pids, err := group.Processes()
	switch {
	case errors.Is(err, cgroup.ErrGone) || err == nil && len(pids) == 0:
		return "", nil
	case err != nil:
		return "", err
	}
	return path, nil
}
