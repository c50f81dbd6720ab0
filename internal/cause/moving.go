package cause

import (
	"context"
	"strings"

	"gorun/internal/systemd1"
)

// notMoved finds out whether the system manager moves processes for the user's manager,
// which may not do that itself: most processes come from a session or a system service.
// The question is what the user's manager asks, about no process. The answer depends on the
// UID and, with SELinux, on the context, which is not the manager's.
func (s *scene) notMoved(ctx context.Context) *Cause {
	if !s.ofUser() || s.conn == nil {
		return nil
	}
	err := systemd1.AttachNoProcess(ctx, s.conn, s.userUnit())
	if err == nil || ctx.Err() != nil || !s.launched && strings.Contains(err.Error(), "SELinux") {
		return nil
	}
	return &Cause{Kind: NotMoved, Unit: s.userUnit(), Detail: reason(err)}
}
