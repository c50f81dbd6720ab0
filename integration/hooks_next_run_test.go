package integration

import (
	"strings"
	"testing"
)

// The hook of a run whose scope was stopped works after the end of its gorun. The next run of that
// name waits for it, whether the scope has failed or not, and the hook gets its own run's data.
func TestNextRunOfANameWaitsForTheHookOfTheLast(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		both(t, g, func(s *session, systemctl, _ string) {
			s.ok(`rm -f /tmp/next.log /tmp/go; mkfifo /tmp/go
				printf '#!/bin/sh\nread line </tmp/go\necho hook $SERVICE_RESULT $INVOCATION_ID $(grep -c "$INVOCATION_ID") $(` + systemctl + ` show -p InvocationID --value $UNIT) >>/tmp/next.log\n' >/tmp/slow; chmod 755 /tmp/slow`)
			for _, c := range []struct{ options, stop, result string }{
				{"--runtime-max=1s", "true", "timeout"},
				{"", systemctl + " stop nightly.scope", "signal"},
			} {
				for _, next := range []string{"", "--if-running=fail", "--if-running=skip", "--if-running=wait", "--if-running=replace", "--if-running=join"} {
					s.run(`{ until [ -e /tmp/begun ]; do sleep 0.1; done; ` + c.stop + `; } & gorun --unit=nightly ` + c.options + ` --exec-stop-post=/tmp/slow sh -c 'echo first $INVOCATION_ID >>/tmp/next.log; touch /tmp/begun; exec sleep 60' 2>/dev/null; wait; rm /tmp/begun`)
					out := s.run(`{ sleep 1; echo 2nd waits >>/tmp/next.log; echo >/tmp/go; } & gorun ` + next + ` --unit=nightly sh -c 'echo second >>/tmp/next.log'; status=$?; wait; exit $status`)
					got := strings.Split(s.ok("cat /tmp/next.log; rm /tmp/next.log"), "\n")
					id := strings.TrimPrefix(got[0], "first ")
					want := []string{"first " + id, "2nd waits", "hook " + c.result + " " + id + " 1 " + id, "second"}
					if out.Status != 0 || out.Stderr != "" || strings.Join(got, "\n") != strings.Join(want, "\n") {
						t.Errorf("%s, then %q: %+v, and the log has %q, want %q", c.result, next, out, got, want)
					}
				}
			}
			s.ok("rm /tmp/slow /tmp/go")
			s.nothingLeft(systemctl)
		})
	})
}
