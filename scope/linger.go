package scope

import (
	"context"
	"fmt"
	"os"
	"strings"

	"gorun/internal/bus"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Linger says what Start does about a scope's life after the last logout. A
// user's manager ends some seconds after that user's last session, with all its
// scopes, unless the user lingers.
type Linger int

const (
	// LeaveLingering leaves the user's lingering as it is.
	LeaveLingering Linger = iota
	// LeaseLingering has the user linger for as long as a scope that was
	// started so lives, unless the user lingers anyhow. It also starts a
	// manager where none runs.
	LeaseLingering
)

// lingerUnit holds the lease. The manager counts the scopes that want it, starts
// it beside the first one and stops it after the last one, however that ends.
const lingerUnit = "gorun-linger.service"

// mayStartManager tells whether lingering may start the manager.
func (s Spec) mayStartManager() bool {
	return s.Linger == LeaseLingering && s.Manager.resolve() == UserManager
}

// lease finds out whether the scope has to hold a lease: not if the user lingers
// without us, nor if the system's manager, which does not end, is asked. An error
// says that it has to and cannot, as where nothing can be written to the home.
func (s Spec) lease() (*logind.Lease, error) {
	if !s.mayStartManager() {
		return nil, nil
	}
	lease, err := logind.LeaseFor(os.Geteuid())
	if err != nil {
		return nil, err
	}
	own, err := lease.Own()
	if own || err != nil {
		return nil, err
	}
	if err := lease.Prepare(); err != nil {
		return nil, err
	}
	return &lease, nil
}

// wantsLinger is the property that makes the scope hold the lease.
func wantsLinger() property.Property {
	p, _ := property.Parse("Wants=" + lingerUnit) // a constant that is valid
	return p
}

// execCommand is (sasb): the file, the arguments, and whether a failure counts.
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
		systemd1.Set("Documentation", []string{"man:gorun(1)"}),
		systemd1.Set("Type", "oneshot"),
		systemd1.Set("RemainAfterExit", true),
		systemd1.Set("WorkingDirectory", "~"),
		systemd1.Set("StopWhenUnneeded", true),
		systemd1.Set("CollectMode", "inactive-or-failed"),
		// Many short runs start and stop it more often than the limit allows,
		// and then the next long one would be without.
		systemd1.Set("StartLimitIntervalUSec", uint64(0)),
		systemd1.Set("ExecStart", command(lease.TakeCommand())),
		// Not ExecStop, which is skipped if the manager stops while ExecStart runs.
		// By then the user may linger already.
		systemd1.Set("ExecStopPost", command(lease.GiveCommand())),
	}
}

// LeaseError tells that the user does not linger, so that the scope ends with the
// user's manager.
type LeaseError struct {
	Reason string
}

func (e *LeaseError) Error() string { return "linger: " + e.Reason }

// leaseError is the error for what package logind could not do.
func leaseError(err error) error {
	return &LeaseError{Reason: strings.TrimPrefix(err.Error(), "linger: ")}
}

// AwaitLease waits until the lease that the scope asked for is held, or the user
// lingers anyhow. An error of type [*LeaseError] says that it is not to be had.
// The context should have a deadline: logind and polkit take part.
func (s *Scope) AwaitLease(ctx context.Context) error {
	if s.noLease != nil {
		return leaseError(s.noLease)
	}
	if s.lease == nil {
		return nil
	}
	for {
		// A manager that executes itself anew breaks the connection.
		if err := s.awaitLease(ctx); !isBroken(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (s *Scope) awaitLease(ctx context.Context) error {
	conn, err := s.reconnect(ctx)
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	defer conn.Close()
	if err := systemd1.Subscribe(ctx, conn, systemd1.Rule("JobRemoved")); err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	if err := s.awaitLingerUnit(ctx, conn); err != nil {
		return err
	}
	s.stopHollow(ctx, conn)
	lingers, err := logind.Lingers(s.lease.User.UID)
	if err != nil {
		return fmt.Errorf("linger: %w", err)
	}
	if !lingers {
		return &LeaseError{Reason: "it was turned off while other scopes live"}
	}
	return nil
}

// awaitLingerUnit waits until the lease's unit is active.
func (s *Scope) awaitLingerUnit(ctx context.Context, conn *bus.Conn) error {
	for repaired := false; ; {
		state, err := systemd1.ReadUnitState(ctx, conn, lingerUnit)
		switch {
		case err != nil:
			return fmt.Errorf("linger: %w", err)
		case state.Job != 0:
			if err := awaitJob(ctx, conn, lingerUnit); err != nil {
				return fmt.Errorf("linger: %w", err)
			}
		case state.Active == "active":
			return nil
		case repaired:
			return &LeaseError{Reason: "refused; 'loginctl enable-linger' says why"}
		default:
			// It was unloaded between the call that found it and the repeated
			// one, or a manager that executed itself anew has lost its job. The
			// scope wants it all the same, once it is there. If it was refused,
			// it will be again.
			repaired = true
			if err := s.startLingerUnit(ctx, conn, state); err != nil {
				return fmt.Errorf("linger: %w", err)
			}
		}
	}
}

// startLingerUnit starts the lease's unit by itself.
func (s *Scope) startLingerUnit(ctx context.Context, conn *bus.Conn, state systemd1.UnitState) error {
	if state.Load != "not-found" {
		_, err := conn.Call(ctx, systemd1.Call("StartUnit", lingerUnit, jobMode))
		return err
	}
	_, err := conn.Call(ctx, systemd1.Call("StartTransientUnit", lingerUnit, jobMode, lingerService(*s.lease), []systemd1.AuxiliaryUnit{}))
	return err
}

// awaitJob waits until a job for the unit has ended.
func awaitJob(ctx context.Context, conn *bus.Conn, unit string) error {
	_, err := systemd1.Next(ctx, conn, func(e systemd1.Event) bool {
		removed, ok := e.(systemd1.JobRemoved)
		return ok && removed.Unit == unit
	})
	return err
}
