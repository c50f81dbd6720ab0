package scope

import (
	"context"
	"errors"
	"time"

	"gorun/internal/account"
	"gorun/internal/systemd1"
)

// A user's manager has the system's move the processes of a session or a system service. While
// that re-executes, as after an upgrade of systemd, it moves none, and the start job fails.

// maxUnmoved bounds how often a scope is started whose job failed though the system's manager
// answers: it may have re-executed meanwhile, or the job may have failed for another reason.
const maxUnmoved = 3

// unmovedPause is the pause between two such starts.
const unmovedPause = 200 * time.Millisecond

// mayStartNow reports whether a scope whose start failed n times may start now, because the
// system's manager may have been away. It waits until that is back. A unit that has failed and is
// kept has the name.
func (l *launch) mayStartNow(ctx context.Context, err error, n int) bool {
	var job *JobError
	if !errors.As(err, &job) || job.Result != "failed" || job.Manager != UserManager || l.spec.KeepFailed || n >= maxUnmoved {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, absence)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(unmovedPause):
		}
		if err := askMover(ctx); err == nil || !isAway(err) {
			return err == nil
		}
	}
}

// askMover asks the system's manager whether it moves processes for the user's.
func askMover(ctx context.Context) error {
	conn, _, err := SystemManager.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return systemd1.AttachNoProcess(ctx, conn, systemd1.UserManager(account.OwnUID()))
}

// isAway reports whether nobody was there to answer. The manager may be about to.
func isAway(err error) bool {
	return isBroken(err) || isAbsent(err) || systemd1.IsUnreachable(err)
}
