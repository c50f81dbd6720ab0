package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// syncID is the MESSAGE_ID of the entries that [Sync] writes.
const syncID = "6f5b1d5fd0d84a6ea9d2fb3c3c44f2c1"

// syncField has what tells one such entry from another.
const syncField = "GORUN_SYNC"

// SyncTimeout is how long [Sync] waits. It is for journald that drops the entry, as it does when
// a unit has written too many, or that hangs.
const SyncTimeout = 5 * time.Second

// ErrUnsynced means that journald has not written an entry in time.
var ErrUnsynced = errors.New("journald has not written an entry in time")

// Sync returns when journald has written all that was sent to its socket before, by anybody. It
// reads that socket in order: Sync sends an entry, and waits until it can read it back. what says
// in the entry why. Only users who may read their entries can wait for them.
func Sync(ctx context.Context, what string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, SyncTimeout, ErrUnsynced)
	defer cancel()
	id, since := rand.Text(), time.Now().Add(-time.Second) // the clocks of the entry and of the journal differ a little
	entry := Entry{Message: what, ID: syncID, Priority: Info, Fields: map[string]string{syncField: id}}
	if err := Send(entry); err != nil {
		return err
	}
	found := func(map[string]string) (more bool) { return false }
	if err := Follow(ctx, since, found, "MESSAGE_ID="+syncID, syncField+"="+id); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("wait for the journal: %w", err)
	}
	return nil
}
