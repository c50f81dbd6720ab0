package manage

import (
	"context"
	"time"

	"gorun/internal/bus"
)

// askTimeout is how long each question about a run may take, and each change of one, however many
// runs there are. It is for managers that hang.
const askTimeout = 30 * time.Second

// asking is the context of one question, or of one change.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, askTimeout, &bus.TimeoutError{After: askTimeout})
}
