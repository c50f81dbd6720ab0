package scope

import (
	"context"
	"fmt"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
	"gorun/internal/unitname"
)

// lingerUnit holds the lease. The manager counts the scopes that want it, starts it with
// the first one and stops it after the last one, however that ends.
const lingerUnit = "gorun-linger.service"

// execCommand is (sasb): the file, the arguments, and whether a failure is ignored.
type execCommand struct {
	Path        string
	Args        []string
	IgnoreError bool
}

// lingerService describes lingerUnit.
func lingerService(lease logind.Lease) []systemd1.Property {
	command := func(args []string) []execCommand { return []execCommand{{args[0], args, false}} }
	return []systemd1.Property{
		systemd1.Set("Description", "Lingering while gorun scopes live"),
		systemd1.Set("Documentation", []string{unitname.Documentation}),
		systemd1.Set("Type", "oneshot"),
		systemd1.Set("RemainAfterExit", true),
		systemd1.Set("WorkingDirectory", "~"),
		systemd1.Set("StopWhenUnneeded", true),
		systemd1.Set("CollectMode", "inactive-or-failed"),
		// The commands may end before journald finds out which unit they belong to.
		systemd1.Set("SyslogIdentifier", logind.LogIdentifier),
		// Many short runs start and stop it more often than the limit allows. The
		// next long run would then have no lease.
		systemd1.Set("StartLimitIntervalUSec", uint64(0)),
		systemd1.Set("ExecStart", command(lease.TakeCommand())),
		// Not ExecStop, which is skipped if the manager stops while ExecStart runs.
		// The user may linger by then.
		systemd1.Set("ExecStopPost", command(lease.GiveCommand())),
	}
}

// AwaitLease waits until the lease that the scope asked for is held, or the user lingers
// already. It returns at once if the scope asked for none. The error is a [*LeaseError] if
// the lease is refused. The context should have a deadline: logind and polkit take part.
func (s *Scope) AwaitLease(ctx context.Context) error {
	if s.lease.refused != nil {
		return leaseError(s.lease.refused)
	}
	if s.lease.wanted == nil {
		return nil
	}
	for {
		// A manager that re-executes breaks the connection.
		if err := s.awaitLease(ctx); !isBroken(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (s *Scope) awaitLease(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	defer conn.Close()
	if err := systemd1.Subscribe(ctx, conn, systemd1.JobRemovedRule(lingerUnit)); err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	w := &leaseWait{lease: *s.lease.wanted, conn: conn}
	if err := w.untilHeld(ctx); err != nil {
		return err
	}
	endEmptyHolders(ctx, conn, s)
	lingers, err := logind.Lingers(w.lease.User.UID)
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	if !lingers {
		return &LeaseError{Reason: "it was turned off while other scopes run"}
	}
	return nil
}

// leaseWait is the wait for the lease's unit on one connection.
type leaseWait struct {
	lease logind.Lease
	conn  *bus.Conn
}

// untilHeld waits until the lease's unit is active.
func (w *leaseWait) untilHeld(ctx context.Context) error {
	for restarted := false; ; {
		state, err := systemd1.ReadUnitState(ctx, w.conn, lingerUnit)
		switch {
		case err != nil:
			return fmt.Errorf("linger: %w", err)
		case state.Job != 0:
			if err := w.awaitJob(ctx); err != nil {
				return fmt.Errorf("linger: %w", err)
			}
		case state.Active == "active":
			return nil
		case restarted:
			return &LeaseError{Reason: "refused; 'loginctl enable-linger' says why"}
		default:
			// Either it was unloaded between the call that found it and the repeated
			// call, or a manager that re-executed has lost its job. Once it runs, the
			// scope wants it as well. If it was refused, it is refused again.
			restarted = true
			if err := w.start(ctx, state); err != nil {
				return fmt.Errorf("linger: %w", err)
			}
		}
	}
}

// start starts the lease's unit by itself.
func (w *leaseWait) start(ctx context.Context, state systemd1.UnitState) error {
	call := systemd1.Call("StartUnit", lingerUnit, replace)
	if state.Load == "not-found" {
		call = systemd1.Call("StartTransientUnit", lingerUnit, replace, lingerService(w.lease), []systemd1.AuxiliaryUnit{})
	}
	_, err := w.conn.Call(ctx, call)
	return err
}

// awaitJob waits until the job of the lease's unit has ended.
func (w *leaseWait) awaitJob(ctx context.Context) error {
	_, err := systemd1.Next(ctx, w.conn, func(e systemd1.Event) bool {
		removed, ok := e.(systemd1.JobRemoved)
		return ok && removed.Unit == lingerUnit
	})
	return err
}
