package integration

import "testing"

// signalLines is a command that prints which signals its process blocks and ignores.
const signalLines = "grep -E '^Sig(Blk|Ign)' /proc/self/status"

// A process inherits the signal mask of the thread that forks it, and gorun has several.
func TestCommandHasTheSignalsOfTheCallerWithEveryOption(t *testing.T) {
	long(t)
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice, root := g.login(t, "alice"), g.login(t, "root")
		for _, how := range []string{"", "--block-signal=TERM,USR2,RTMIN", "--ignore-signal=HUP,PIPE,USR1", "--block-signal=INT --ignore-signal=QUIT,RTMIN+3"} {
			caller := "exec env --default-signal " + how + " "
			check := func(s *session, options string) {
				t.Helper()
				if got, want := s.ok(caller+"gorun "+options+" "+signalLines), s.ok(caller+signalLines); got != want {
					t.Errorf("%s%s: got %q, want %q", caller, options, got, want)
				}
			}
			for _, options := range []string{"", "--nice=5", "--nice=5 --exec", "--exec", "--gid=alice --nice=0", "--working-directory=/ --nice=1", "--at-end=wait --nice=1", "--unit=masked --if-running=wait --nice=1"} {
				check(alice, options)
			}
			for _, options := range []string{"--nice=-5", "--uid=bob --nice=-5", "--uid=bob --nice=5 --exec"} {
				check(root, options)
			}
		}
		if got := alice.ok("bash -c 'gorun --nice=5 yes | head -n1; echo ${PIPESTATUS[*]}'"); got != "y\n141 0" {
			t.Errorf("a pipe whose reader ends: printed %q", got)
		}
	})
}

// pkttyagent(1) asks for a password. A helper that blocks signals could not be interrupted.
func TestPasswordAgentHasTheSignalsOfTheCaller(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		alice := g.login(t, "alice")
		for _, how := range []string{"", "--block-signal=USR2,RTMIN --ignore-signal=QUIT,USR1"} {
			caller := "exec env --default-signal " + how + " "
			alice.ok(`rm -f /tmp/asked; touch /tmp/asked
				timeout 280 script -qefc '` + caller + `gorun --system true' /tmp/asked >/dev/null 2>&1 </dev/zero & echo $! >/tmp/asking
				until grep -q Password /tmp/asked; do sleep 0.05; done`)
			got := alice.ok("grep -E '^Sig(Blk|Ign)' /proc/$(pgrep -x pkttyagent)/status")
			alice.ok("kill $(cat /tmp/asking); while pgrep -x pkttyagent >/dev/null; do sleep 0.05; done; rm /tmp/asking /tmp/asked")
			want := alice.ok(caller + "env --ignore-signal=PIPE " + signalLines) // the agent itself ignores SIGPIPE
			if got != want {
				t.Errorf("%s: got %q, want %q", caller, got, want)
			}
		}
	})
}
