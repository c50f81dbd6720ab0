package account

import (
	"context"
	"time"

	"gorun/internal/helper"
)

// lookupTimeout limits a query of getent(1). It may ask a server, which may hang.
const lookupTimeout = 10 * time.Second

// getent queries the name service switch (nsswitch.conf(5)).
func getent(args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	return helper.Output(ctx, "getent", args...)
}

// notFound is the exit status of getent(1) for a key that is not in the database.
const notFound = 2
