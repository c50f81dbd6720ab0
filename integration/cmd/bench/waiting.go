package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const (
	waiters = 50  // supervisors that wait
	others  = 200 // scopes that start and end meanwhile
)

// waiting is what supervisors take that wait.
type waiting struct {
	PSS, PrivateDirty float64 // KiB each
	Wakeups           int     // of all, while other scopes start and end
}

func (w waiting) String() string {
	return fmt.Sprintf("%d waiting: %.1f MiB each (PSS), %.1f MiB of that private and written to; %d wakeups while %d other scopes start and end",
		waiters, w.PSS/1024, w.PrivateDirty/1024, w.Wakeups, others)
}

// waitingScript prints the sums of Pss and Private_Dirty, and how often threads of gorun have
// been switched to.
const waitingScript = `
	for i in $(seq %[1]d); do gorun -q sleep 10000 & done
	until [ $(pgrep -c -x sleep) -ge %[1]d ]; do sleep 0.1; done
	sleep 2 # all is done that is done after a start
	pids=$(pgrep -x gorun)
	switches() { for p in $pids; do cat /proc/$p/task/*/status; done | awk '/ctxt_switches/ { n += $2 } END { print n }'; }
	for p in $pids; do cat /proc/$p/smaps_rollup; done | awk '/^Pss:/ { p += $2 } /^Private_Dirty:/ { d += $2 } END { print p; print d }'
	before=$(switches)
	for i in $(seq %[2]d); do systemd-run --user --scope -q true; done
	echo $(($(switches) - before))
	pkill -x sleep
	wait`

func (m *machine) waiting(ctx context.Context) (w waiting, err error) {
	out, err := m.RunAs(ctx, "alice", fmt.Sprintf(waitingScript, waiters, others))
	if err != nil {
		return w, err
	}
	words := strings.Fields(out.Stdout)
	if len(words) != 3 {
		return w, fmt.Errorf("waiting: printed %q, %q", out.Stdout, out.Stderr)
	}
	numbers := [3]int{}
	for i, word := range words {
		if numbers[i], err = strconv.Atoi(word); err != nil {
			return w, err
		}
	}
	return waiting{float64(numbers[0]) / waiters, float64(numbers[1]) / waiters, numbers[2]}, nil
}
