package scope

import (
	"context"
	"errors"
	"strings"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
	"gorun/scope/property"
)

// Linger says what Start does about a scope's life after the last logout. A user's
// manager ends some seconds after that user's last session, with all its scopes, unless
// the user lingers.
type Linger int

const (
	// LeaveLingering leaves the user's lingering as it is.
	LeaveLingering Linger = iota
	// LeaseLingering makes the user linger as long as a scope exists that was started
	// with it, unless the user lingers already. It also starts the user's manager if
	// none runs.
	LeaseLingering
)

// mayStartManager reports whether lingering may start the manager.
func (s Spec) mayStartManager() bool {
	return s.Linger == LeaseLingering && s.Manager.resolve() == UserManager
}

// MayLoseLease reports whether the job mode lets a launch succeed without the lease that
// [LeaseLingering] asks for.
func (s Spec) MayLoseLease() bool {
	switch s.jobMode() {
	case replace, "replace-irreversibly", "flush":
		return false
	}
	return s.mayStartManager()
}

// LeaseError means that the user does not linger, so that the scope ends with the user's
// manager.
type LeaseError struct {
	Reason string
}

func (e *LeaseError) Error() string { return "linger: " + e.Reason }

// leaseError is the error for what package logind could not do.
func leaseError(err error) error {
	return &LeaseError{Reason: strings.TrimPrefix(err.Error(), "linger: ")}
}

// lease is a scope's part in the lease of lingering.
type lease struct {
	wanted  *logind.Lease  // nil if the scope needs none
	refused error          // why the scope has none though it needs one
	keeper  *logind.Keeper // holds the lease until its unit does; nil if there is none
}

// lease finds out whether the scope needs a lease. It needs none if the user lingers
// already, or if the system's manager starts it, which does not end.
func (s Spec) lease() lease {
	wanted, err := s.wantedLease()
	return lease{wanted: wanted, refused: err}
}

func (s Spec) wantedLease() (*logind.Lease, error) {
	if !s.mayStartManager() {
		return nil, nil
	}
	lease, err := logind.LeaseFor(account.OwnUID())
	if err != nil {
		return nil, err
	}
	own, err := lease.Own()
	if own || err != nil {
		return nil, err
	}
	if err := lease.Prepare(); err != nil {
		return nil, err // for example because the home is read-only
	}
	return &lease, nil
}

// isWanted reports whether the scope needs a lease and can have one.
func (l *lease) isWanted() bool { return l.wanted != nil }

// needsKeeper reports whether the user's manager may end before the lease's unit runs.
func (l *lease) needsKeeper() bool {
	return l.wanted != nil && l.keeper == nil && !logind.HasSession(l.wanted.User.UID)
}

// wantsLinger is the property that makes a scope hold the lease.
func wantsLinger() property.Property {
	p, _ := property.Parse("Wants=" + lingerUnit) // a constant that is valid
	return p
}

// auxiliary is the lease's unit, for the call that starts the scope. It is empty if the
// scope needs none or if the unit runs already.
func (l *lease) auxiliary(at endpoint) []systemd1.AuxiliaryUnit {
	if l.wanted == nil || at.invocationID(lingerUnit) != "" {
		return nil
	}
	return []systemd1.AuxiliaryUnit{{Name: lingerUnit, Properties: lingerService(*l.wanted)}}
}

// keepManager makes logind start the user's manager, or keep the one that runs: the user
// lingers, and nobody gives that back before leave or giveBack.
func (l *lease) keepManager(ctx context.Context) (err error) {
	if l.keeper == nil {
		l.keeper, err = l.wanted.Keep(ctx)
	} else {
		err = l.wanted.Take(ctx)
	}
	if err != nil {
		return err
	}
	var ended *managerEndedError
	if err := awaitUserManager(ctx); !errors.As(err, &ended) {
		return err
	}
	if err := l.wanted.Revive(ctx); err != nil {
		return err
	}
	return awaitUserManager(ctx)
}

// KeptLease names the IPC objects for which the user would keep the scope's lease if all
// scopes ended now: see [KeptLeaseError]. It is empty if there are none, and if the scope
// has no lease. It costs little while the user is logged in.
func (s *Scope) KeptLease(ctx context.Context) (string, error) {
	wanted := s.lease.wanted
	if wanted == nil || logind.HasSession(wanted.User.UID) {
		return "", nil
	}
	return wanted.Kept(ctx)
}

// leave ends the keeper, because the lease's unit holds the lease.
func (l *lease) leave() {
	l.keeper.Leave()
	l.keeper = nil
}

// giveBack undoes what keepManager did for a scope that did not start after all, unless
// the lease's unit holds the lease by now.
func (l *lease) giveBack() {
	if l.keeper != nil {
		l.keeper.GiveBack()
		l.keeper = nil
	}
}

// settleLease leaves the lease to its unit, once that holds it.
func (s *Scope) settleLease(ctx context.Context) error {
	if s.lease.keeper == nil {
		return nil
	}
	if err := s.AwaitLease(ctx); err != nil {
		return err
	}
	s.lease.leave()
	return nil
}
