package supervise

import (
	"errors"
	"math"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel takes -1 for no change, and the process would stay root.
func TestIdentityThatTheKernelIgnoresIsRefused(t *testing.T) {
	for _, id := range []Identity{{UID: math.MaxUint32, GID: 1000}, {UID: 1000, GID: math.MaxUint32}, {UID: -1, GID: 1000}} {
		var setup *SetupError
		if err := id.assume(); !errors.As(err, &setup) || !errors.Is(err, unix.EINVAL) {
			t.Fatalf("%+v: %v", id, err)
		}
	}
}
