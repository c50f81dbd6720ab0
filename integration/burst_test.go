package integration

import (
	"fmt"
	"strings"
	"testing"
)

// burstSize is how many runs start at once. An emulated processor has as much to do for
// fewer.
func burstSize(g *guest) int { return g.often(500) / g.Slowness() }

// mostGrowth is how many times the processor time of a run among ten times as many may be.
// It is 2.2 at most on a busy machine. Where each client receives the signals about all
// units, it is ten.
const mostGrowth = 4

// burst starts n runs whose COMMAND waits for a lock, waits until each COMMAND runs or has
// failed, and lets all of them end at once. Runs of more than a second ask the manager
// when they end. It prints the processor time of each run in milliseconds, how many ended
// with which status, and all that they printed.
//
//	21.5
//	500 0
const burst = `
	dir=$(mktemp -d) && cd $dir || exit 1
	exec 9>gate; flock 9
	TIMEFORMAT='%%3U %%3S'
	{ time seq %[1]d | xargs -P %[1]d -I{} sh -c 'gorun flock -s gate true >{}.out 2>&1; echo $? >{}.status'; } 9>&- 2>times &
	until [ $(($(pgrep -c -u $(id -u) -x flock) + $(ls | grep -c status))) -ge %[1]d ]; do sleep 0.2; done
	sleep 1
	exec 9>&-
	wait
	awk -v n=%[1]d '{ printf "%%.1f\n", ($1 + $2) * 1000 / n }' times
	cat *.status | sort | uniq -c | sed 's/^ *//'
	cat *.out | sort | uniq -c
	rm -r $dir`

// start starts n runs at once, and returns the processor time that each took. What the
// manager took cannot be told from its work for other tests.
func (s *session) start(n int) (ms float64) {
	s.t.Helper()
	cost, got, _ := strings.Cut(s.ok(fmt.Sprintf(burst, n)), "\n")
	if got != fmt.Sprintf("%d 0", n) {
		s.t.Errorf("%d runs at once: %s", n, strings.ReplaceAll(got, "\n", "; "))
	}
	if _, err := fmt.Sscanf(cost, "%f", &ms); err != nil {
		s.t.Fatalf("%q: %v", cost, err)
	}
	return ms
}

// The manager sends each client of its private socket the signals about all units.
func TestRunsThatStartAtOnceAllRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			s := g.login(t, user)
			n := burstSize(g)
			few, many := s.start(n/10), s.start(n)
			if many > mostGrowth*few {
				t.Errorf("a run of %s took %.1f ms among %d and %.1f ms among %d", user, few, n/10, many, n)
			}
			s.nothingLeft(systemctl)
		}
	})
}
