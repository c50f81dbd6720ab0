package scope

import (
	"context"
	"errors"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// GiveBackStaleLease gives back the lingering that [LeaseLingering] took, if a crash or a
// power cut ended the scopes together with what would have given it back. It reports
// whether it did so. The next Start that leases does the same. The error is a
// [*LeaseUnclearError] if the lease may still be needed.
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
	left, err := lease.Lingering()
	return left == "", err
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
