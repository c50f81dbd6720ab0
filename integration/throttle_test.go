package integration

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Go's runtime would send its threads signals, and each takes memory. Where that is throttled,
// the runtime's watchdog sleeps, and nobody takes the processor from who waits in a system
// call.
func TestRuntimeSendsItselfNoSignals(t *testing.T) {
	binary, err := os.ReadFile("../bin/gorun")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(binary, []byte("asyncpreemptoff=1,containermaxprocs=0")) {
		t.Error("the binary's default GODEBUG has no asyncpreemptoff=1")
	}
}

// Where the kernel throttles a scope, each piece of memory that gorun takes costs it up to
// two seconds. A signal has to be passed on without any.
func TestThrottledRunPassesSignalsOnAtOnce(t *testing.T) {
	long(t)
	eachSuite(t, vm, func(t *testing.T, g *guest) {
		const less = 1500 * time.Millisecond // than the kernel's two seconds
		s := g.login(t, "alice")
		plain := slices.Max(s.ends("time.sleep(600)", 0))
		// Before, the kernel's delays are shorter. It may throttle COMMAND's own end, too.
		throttled := slices.Min(s.ends(`b = bytearray(b"x") * (200 << 20)`, 50, "-p MemoryHigh=20M", "-p MemorySwapMax=0"))
		if throttled > plain+less {
			t.Errorf("COMMAND ended at most %v after the signal, throttled at least %v", plain, throttled)
		}
		s.nothingLeft("systemctl --user")
	})
}

// ends measures five times how long after a signal to gorun COMMAND ends. COMMAND is Python
// code, and gets the signal when it was throttled a number of times.
func (s *session) ends(code string, throttled int, options ...string) (times []time.Duration) {
	s.t.Helper()
	for range 5 {
		var ms int64
		text := s.ok(fmt.Sprintf(`gorun -q %s python3 -c 'import time; %s' & gorun=$!
			until pid=$(pgrep -u alice -x python3); do sleep 0.1; done
			until [ $(sed -n 's/^high //p' /sys/fs/cgroup$(sed -n s/^0:://p /proc/$gorun/cgroup)/memory.events) -ge %d ]; do sleep 0.1; done
			begun=$(date +%%s%%3N); kill $gorun
			while read -r stat </proc/$pid/stat && case $stat in *") Z "*) false ;; esac; do sleep 0.02; done 2>/dev/null
			took=$(($(date +%%s%%3N) - begun)); wait $gorun; echo $? $took`, strings.Join(options, " "), code, throttled))
		if _, err := fmt.Sscanf(text, "143 %d", &ms); err != nil {
			s.t.Fatalf("printed %q", text)
		}
		times = append(times, time.Duration(ms)*time.Millisecond)
	}
	s.t.Log(times)
	return times
}
