package rig

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// awakeScript sets the time and adds random bytes, without modules that are slow to
// load. By itself the kernel draws from its pool only every minute, hence RNDRESEEDCRNG
// (random(4)). RNDADDENTROPY takes bits, bytes, data.
const awakeScript = `exec python3 -I -S -c '
import fcntl, struct, time
now, seed = %d, bytes.fromhex("%x")
time.clock_settime_ns(time.CLOCK_REALTIME, now)
with open("/dev/random", "wb") as random:
    fcntl.ioctl(random, 0x40085203, struct.pack("ii", 8 * len(seed), len(seed)) + seed)
    fcntl.ioctl(random, 0x5207)
'`

// awake sets the clock of a resumed machine. It also makes the machine's random numbers
// differ from those of machines resumed from the same state. QEMU's vmgenid device
// would do that too, but not before Linux 5.18 and not in the kernel of bookworm. The
// clock is late by the start time of the script, some tenths of a second under emulation.
func awake(ctx context.Context, root *Login) error {
	seed := make([]byte, 64)
	rand.Read(seed) // never fails
	out, err := root.Run(ctx, fmt.Sprintf(awakeScript, time.Now().UnixNano(), seed))
	if err != nil {
		return fmt.Errorf("set clock and random seed: %w", err)
	}
	if out.Status != 0 {
		return fmt.Errorf("set clock and random seed: status %d: %s", out.Status, out.Stderr)
	}
	return nil
}
