package scope

import (
	"context"

	"gorun/internal/account"
	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// GiveBackStaleLease gives back the lingering that [LeaseLingering] took, if a crash or a
// power cut ended the scopes together with what would have given it back. It reports
// whether it did so. The next Start that leases does the same.
func GiveBackStaleLease(ctx context.Context) (bool, error) {
	lease, err := logind.LeaseFor(account.OwnUID())
	if err != nil {
		return false, err
	}
	reason, err := lease.Lingering()
	if err != nil || reason != logind.Leased || leaseIsHeld(ctx) {
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

// leaseIsHeld reports whether the lease's unit runs and will give the lease back. The
// manager has to be asked: the notes of a manager that was killed stay in the runtime
// directory, except with systemd 252.
func leaseIsHeld(ctx context.Context) bool {
	conn, _, err := UserManager.dial(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	state, err := systemd1.ReadUnitState(ctx, conn, lingerUnit)
	return err != nil || state.Job != 0 || (state.Active != "inactive" && state.Active != "failed")
}
