package integration

import (
	"fmt"
	"testing"
	"time"
)

// Where the kernel throttles a scope, each piece of memory that gorun takes costs it up to
// two seconds. A signal has to be passed on without any.
func TestThrottledRunPassesSignalsOnAtOnce(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const most = 4 * time.Second // for an emulated processor; with four such pieces it is eight
		s := g.login(t, "alice")
		best := time.Hour
		for range 3 {
			var ms int64
			text := s.ok(`gorun -q -p MemoryHigh=20M -p MemorySwapMax=0 python3 -c 'b = bytearray(b"x") * (200 << 20)' & gorun=$!
				until grep -q '^high [1-9]' /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/gorun-python3-*.scope/memory.events 2>/dev/null; do sleep 0.1; done
				sleep 3; begun=$(date +%s%3N); kill $gorun; wait $gorun; echo $? $(($(date +%s%3N) - begun))`)
			if _, err := fmt.Sscanf(text, "143 %d", &ms); err != nil {
				t.Fatalf("printed %q", text)
			}
			best = min(best, time.Duration(ms)*time.Millisecond)
		}
		t.Logf("gorun ended %v after the signal", best)
		if best > most {
			t.Errorf("gorun ended %v after the signal", best)
		}
		s.nothingLeft("systemctl --user")
	})
}
