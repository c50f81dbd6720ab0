package scope

import (
	"context"
	"encoding/hex"
	"errors"
	"path"
	"path/filepath"
	"time"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// A process that is killed at the moment that the manager moves it leaves an empty scope,
// which stays active. The kernel does not move a process that is exiting
// (cgroup_migrate_add_task in kernel/cgroup/cgroup.c), and the manager waits for the report
// that the cgroup is empty again. This happened to 6 to 10 of 400 launches that were killed
// in their first 30 ms, on systemd 252, 257 and 262. Such a scope holds its name and the
// lease.

// noticeTime is how long a manager has to notice that a scope is empty. The kernel reports
// that some 10 ms late, and on a busy machine later.
const noticeTime = time.Second

// endEmpty ends a scope that is active and has no process, or had none a moment ago. The
// manager is made to look at the cgroup again, and ends the scope if nothing has been moved
// in meanwhile. A stop would hit what has been moved in. It is the last resort.
func endEmpty(ctx context.Context, conn *bus.Conn, unit, path string) error {
	if notices(ctx, path) {
		return nil
	}
	return stopEmpty(ctx, conn, unit)
}

// notices makes the manager look at a cgroup, and reports whether that has settled the
// matter: the manager has removed the cgroup, or somebody has moved a process in.
func notices(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	group, err := cgroup.At(path)
	if err != nil || errors.Is(group.Notify(), cgroup.ErrGone) {
		return false // there is nothing to look at
	}
	for events, err := range group.Watch(ctx) {
		if events.Populated || errors.Is(err, cgroup.ErrGone) {
			return true
		}
		if err != nil {
			<-ctx.Done() // the user may have no inotify instance left for the watch
		}
	}
	return false
}

// stopEmpty makes the manager stop the present run of a scope if it is active and empty. A
// later run of the same name is left alone.
func stopEmpty(ctx context.Context, conn *bus.Conn, unit string) error {
	run, err := emptyRun(ctx, conn, unit)
	if run == "" || err != nil {
		return err
	}
	_, err = (&Scope{Unit: unit, InvocationID: run}).stop(ctx, conn)
	var failed *CallError
	if systemd1.IsForgotten(err) || errors.As(err, &failed) {
		return nil // it has ended meanwhile, or another caller's job came first
	}
	return err
}

// emptyRun returns the invocation ID of a scope that is active and has no process. It is ""
// if there is no such scope.
//
// A scope that is just starting is not active, or has a job. Once it is active, all its
// processes have been moved. If it is empty then, they have ended.
func emptyRun(ctx context.Context, conn *bus.Conn, unit string) (run string, err error) {
	var id []byte
	if err := systemd1.Get(ctx, conn, unit, systemd1.Unit, "InvocationID", &id); err != nil || len(id) == 0 {
		return "", err
	}
	run = hex.EncodeToString(id)
	state, err := systemd1.ReadUnitState(ctx, conn, run)
	var group string
	if err == nil {
		err = systemd1.Get(ctx, conn, run, systemd1.Scope, "ControlGroup", &group)
	}
	switch {
	case systemd1.IsForgotten(err):
		return "", nil
	case err != nil || state.Active != "active" || state.Job != 0 || group == "":
		return "", err
	}
	if empty, err := isEmpty(group); !empty {
		return "", err
	}
	return run, nil
}

// endEmptyHolders ends the empty scopes beside this one that hold the lease. What fails
// here is left to the next run.
func endEmptyHolders(ctx context.Context, conn *bus.Conn, s *Scope) {
	var holders []string
	if systemd1.Get(ctx, conn, lingerUnit, systemd1.Unit, "WantedBy", &holders) != nil {
		return
	}
	slice := path.Dir(s.figures())  // runs with a slice of their own are not found
	beside, err := cgroup.At(slice) // once: there may be hundreds
	if err != nil {
		return
	}
	for _, unit := range holders {
		group := path.Join(slice, unit)
		if unit == s.Unit || !existsEmpty(cgroup.Group{Dir: filepath.Join(beside.Dir, unit), Path: group}) {
			continue
		}
		if run, err := emptyRun(ctx, conn, unit); err == nil && run != "" {
			endEmpty(ctx, conn, unit, group) // what fails is left to the next run
		}
	}
}

// existsEmpty reports whether a cgroup exists and has no process.
func existsEmpty(group cgroup.Group) bool {
	events, err := group.Events()
	return err == nil && events != nil && !events.Populated
}

// isEmpty reports whether a cgroup has no process. A cgroup that is gone has none.
func isEmpty(path string) (bool, error) {
	populated, err := isPopulated(path)
	if errors.Is(err, cgroup.ErrGone) {
		return true, nil
	}
	return err == nil && !populated, err
}

// isInNamespace is replaced by tests, whose managers are not real.
var isInNamespace = logind.InNamespace

// isPopulated reports whether a cgroup has processes, in itself or below. A cgroup that
// does not say so, as the root, counts as one that has, and so does each cgroup where the
// manager's paths mean others or nothing.
func isPopulated(path string) (bool, error) {
	if isInNamespace() {
		return true, nil
	}
	group, err := cgroup.At(path)
	if err != nil {
		return false, err
	}
	events, err := group.Events()
	return events == nil || events.Populated, err
}
