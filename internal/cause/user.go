package cause

import (
	"context"
	"errors"
	"fmt"

	"gorun/internal/account"
	"gorun/internal/systemd1"
)

// noEntry finds out whether the caller is no user that could have a manager.
func (s *scene) noEntry(context.Context) *Cause {
	var unknown *account.UnknownError
	if _, err := account.ByUID(s.uid); s.ofUser() && errors.As(err, &unknown) {
		return &Cause{Kind: NoEntry}
	}
	return nil
}

// The UIDs of dynamic users, unless systemd was built for others (UIDS-GIDS.md of systemd).
const firstDynamic, lastDynamic = 61184, 65519

// dynamicUser finds out whether the caller is the user of a service with DynamicUser=.
// The system manager knows these users. Without nss-systemd(8) nobody else does, and the
// system bus does not let them in.
func (s *scene) dynamicUser(ctx context.Context) *Cause {
	c := &Cause{Kind: DynamicUser, Unit: ownService(), User: fmt.Sprintf("UID %d", s.uid)}
	switch {
	case !s.ofUser():
		return nil
	case s.conn == nil:
		if s.uid < firstDynamic || s.uid > lastDynamic || s.noEntry(ctx) == nil {
			return nil
		}
		return c
	}
	var err error
	if c.User, err = systemd1.DynamicUser(ctx, s.conn, s.uid); err != nil {
		return nil
	}
	return c
}
