package scope

import (
	"context"
	"errors"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// KeptLeaseError means that the user keeps the lingering that [LeaseLingering] took though
// no scope needs it: with RemoveIPC=yes in logind.conf(5) its end would remove IPC objects
// that the user owns. The end of the next scope that leases tries again.
type KeptLeaseError struct {
	Objects string // some of them, by kind and ID or by file
}

func (e *KeptLeaseError) Error() string { return "linger: its end would remove " + e.Objects }

// GiveBackStaleLease gives back the lingering that [LeaseLingering] took, if no scope needs
// it any more: a crash or a power cut ended the scopes together with what would have given
// it back, or the error was then a [*KeptLeaseError]. It reports whether it did so. The
// next Start that leases does the same. The error is a [*LeaseUnclearError] if the lease may
// still be needed.
func GiveBackStaleLease(ctx context.Context) (bool, error) {
	lease, err := logind.LeaseFor(account.OwnUID())
	if err != nil {
		return false, err
	}
	reason, err := lease.Lingering()
	if err != nil || reason != logind.Leased {
		return false, err
	}
	if held, err := leaseIsHeld(ctx); held || err != nil {
		return false, err
	}
	// A launch that has just taken the lease holds its lock. Give then does nothing.
	if err := lease.Prepare(); err != nil {
		return false, err
	}
	if err := lease.Give(ctx); err != nil {
		return false, err
	}
	return isGivenBack(ctx, lease)
}

// isGivenBack reports whether Give has given a lease back. The error may be a
// [*KeptLeaseError].
func isGivenBack(ctx context.Context, lease logind.Lease) (bool, error) {
	left, err := lease.Lingering()
	if left != logind.Leased || err != nil {
		return left == "", err
	}
	objects, err := lease.Kept(ctx)
	if err == nil && objects != "" {
		err = &KeptLeaseError{objects}
	}
	return false, err
}

// LeaseUnclearError means that the user's manager runs and does not say whether a scope
// needs the lease.
type LeaseUnclearError struct{ Err error }

func (e *LeaseUnclearError) Error() string {
	return "linger: whether a scope needs it is unknown: " + e.Err.Error()
}

func (e *LeaseUnclearError) Unwrap() error { return e.Err }

// leaseIsHeld reports whether the lease's unit runs and will give the lease back. The
// manager has to be asked: the notes of a manager that was killed stay in the runtime
// directory, except with systemd 252.
func leaseIsHeld(ctx context.Context) (bool, error) {
	state, err := readLeaseUnit(ctx)
	for attempt := 1; isBroken(err) && attempt < maxAttempts; attempt++ {
		state, err = readLeaseUnit(ctx) // the manager re-executes
	}
	var ended *managerEndedError
	switch {
	case errors.As(err, &ended):
		return false, nil
	case err != nil:
		return false, &LeaseUnclearError{err}
	}
	return state.Job != 0 || (state.Active != "inactive" && state.Active != "failed"), nil
}

func readLeaseUnit(ctx context.Context) (systemd1.UnitState, error) {
	conn, _, err := UserManager.reach(ctx)
	if err != nil {
		return systemd1.UnitState{}, err
	}
	defer conn.Close()
	return systemd1.ReadUnitState(ctx, conn, lingerUnit)
}
