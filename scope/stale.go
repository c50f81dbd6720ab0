package scope

import (
	"context"
	"os"

	"gorun/internal/logind"
	"gorun/internal/systemd1"
)

// GiveBackStaleLease gives back the lingering that [LeaseLingering] took for scopes
// which a crash or a power cut has ended with all that would have given it back. It
// reports whether there was such. The next Start that leases does so as well.
func GiveBackStaleLease(ctx context.Context) (bool, error) {
	lease, err := logind.LeaseFor(os.Geteuid())
	if err != nil {
		return false, err
	}
	reason, err := lease.Lingering()
	if err != nil || reason != logind.Leased || leaseIsHeld(ctx) {
		return false, err
	}
	// A launch that has just taken it holds a lock, and then nothing is given.
	if err := lease.Prepare(); err != nil {
		return false, err
	}
	if err := lease.Give(ctx); err != nil {
		return false, err
	}
	left, err := lease.Lingering()
	return left == "", err
}

// leaseIsHeld tells whether the lease's unit is there to give it back. Of a manager
// that was killed, what it noted in the runtime folder is there still, but for 252,
// which removes that with it.
func leaseIsHeld(ctx context.Context) bool {
	conn, _, err := UserManager.dial(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	state, err := systemd1.ReadUnitState(ctx, conn, lingerUnit)
	return err != nil || state.Job != 0 || (state.Active != "inactive" && state.Active != "failed")
}
