package cause

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// userManager finds out from the system manager what is wrong with the user's.
func (s *scene) userManager(ctx context.Context) *Cause {
	if s.conn == nil {
		return nil
	}
	m, err := systemd1.ReadServiceState(ctx, s.conn, s.userUnit())
	switch {
	case err != nil:
		return nil
	case m.Load == "masked":
		return &Cause{Kind: Masked, Unit: s.userUnit()}
	case m.IsRunning():
		return s.hidden(ctx)
	case m.Job != 0 || m.Active != "failed" && m.Active != "inactive":
		return nil // it starts or stops
	}
	if c := s.expired(ctx); c != nil {
		return c
	}
	if m.Active == "inactive" {
		return s.noRuntimeDir(ctx)
	}
	return s.ended(ctx, m)
}

// ended is the cause if the manager has failed.
func (s *scene) ended(ctx context.Context, m systemd1.ServiceState) *Cause {
	c := &Cause{Kind: Ended, Unit: s.userUnit(), Detail: m.Result, Past: s.isPast()}
	switch {
	case c.Past && c.Killed():
		return nil
	case m.ExecCode == systemd1.Exited && m.ExecStatus == systemd1.StatusFromPAM:
		c.Kind, c.User, c.Says = PAM, s.userName(), s.saysPAM(ctx)
	}
	return c
}

// isPast reports whether the next launch may start a unit that has failed.
func (s *scene) isPast() bool { return !s.launched && !s.isStuck() }

// isStuck reports whether no launch starts the manager again. It takes no lease for a user
// who lingers anyway. Enabling lingering starts no manager of a user whom logind knows; but a
// launch without a session makes logind forget the user if the lease of an earlier one is left.
func (s *scene) isStuck() bool {
	lease, err := logind.LeaseFor(s.uid)
	if err != nil {
		return logind.Knows(s.uid)
	}
	switch reason, _ := lease.Lingering(); reason {
	case logind.Lingering:
		return true
	case logind.Leased:
		return logind.HasSession(s.uid)
	}
	return logind.Knows(s.uid)
}

// noRuntimeDir is the cause if the manager cannot start because its runtime directory
// cannot be made.
func (s *scene) noRuntimeDir(ctx context.Context) *Cause {
	unit := systemd1.UserRuntimeDir(s.uid)
	d, err := systemd1.ReadServiceState(ctx, s.conn, unit)
	switch {
	case err != nil:
		return nil
	case d.Load == "masked":
		return &Cause{Kind: Masked, Unit: unit}
	case d.Active == "failed":
		return &Cause{Kind: Ended, Unit: unit, Detail: d.Result, Past: s.isPast()}
	}
	return nil
}

// hidden finds out why the sockets of a manager that runs are not where they should be.
func (s *scene) hidden(ctx context.Context) *Cause {
	dir := s.runtimeDir()
	switch {
	case isOwn(dir) && exists(dir, "systemd/private", "bus"):
		return s.refuses(ctx, filepath.Join(dir, "systemd/private"))
	case isOwn(dir) && exists(dir, "systemd"): // the manager's files, which nobody else makes
		return &Cause{Kind: SocketsGone, Unit: s.userUnit(), Path: dir}
	}
	c := s.hiding(ctx, dir)
	c.Runs = true
	return c
}

// refuses is the cause if nobody can connect to the socket of a manager that runs. If the
// connection can be made now, the manager has just started.
func (s *scene) refuses(ctx context.Context, socket string) *Cause {
	conn, err := bus.Dial(ctx, bus.Address{Path: socket})
	if err == nil {
		conn.Close()
		return nil
	}
	var errno unix.Errno // without "dial unix PATH: connect: "
	if errors.As(err, &errno) {
		err = errno
	}
	return &Cause{Kind: Refuses, Unit: s.userUnit(), Path: socket, Detail: err.Error()}
}

// isOwn reports whether a directory exists and is the caller's.
func isOwn(dir string) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) == nil && int(st.Uid) == os.Geteuid()
}

// exists reports whether a directory has a file with one of the names.
func exists(dir string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// userUnit is the user's manager as a unit of the system's.
func (s *scene) userUnit() string { return systemd1.UserManager(s.uid) }
