package integration

import (
	"fmt"
	"strings"
	"testing"
)

// burstSize is how many runs start at once. An emulated processor has as much to do for
// fewer.
func burstSize(g *guest) int { return 200 / g.Slowness() }

// burst starts n runs whose COMMAND waits for a lock, waits until each COMMAND runs or has
// failed, and lets all of them end at once. Runs of more than a second ask the manager
// when they end. It prints how many ended with which status, and all that they printed.
//
//	200 0
const burst = `
	dir=$(mktemp -d) && cd $dir || exit 1
	exec 9>gate; flock 9
	{ seq %[1]d | xargs -P %[1]d -I{} sh -c 'gorun flock -s gate true >{}.out 2>&1; echo $? >{}.status'; } 9>&- &
	until [ $(($(pgrep -c -u $(id -u) -x flock) + $(ls | grep -c status))) -ge %[1]d ]; do sleep 0.2; done
	sleep 1
	exec 9>&-
	wait
	cat *.status | sort | uniq -c | sed 's/^ *//'
	cat *.out | sort | uniq -c
	rm -r $dir`

// The manager sends each launch the signals about all the others, and answers the last
// ones late.
func TestRunsThatStartAtOnceAllRun(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		for user, systemctl := range map[string]string{"alice": "systemctl --user", "root": "systemctl"} {
			s := g.login(t, user)
			n := burstSize(g)
			if got := s.ok(fmt.Sprintf(burst, n)); got != fmt.Sprintf("%d 0", n) {
				t.Errorf("%d runs of %s: %s", n, user, strings.ReplaceAll(got, "\n", "; "))
			}
			s.nothingLeft(systemctl)
		}
	})
}
